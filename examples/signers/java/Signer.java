import java.net.URLEncoder;
import java.security.*;
import java.time.LocalDateTime;
import java.time.format.*;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Signs for the UMS (银联商务) open platform, all four schemes. Standard library only. Throws IllegalArgumentException on what must be refused. */
final class Signer {
    static final String WORD = "[!#-&(-+\\--\\[\\]-~]"; // printable ASCII except quotes, comma and backslash
    static final Map<String, String> RULES = Map.of("appId", "[A-Za-z0-9._-]{1,32}", "key", "[!-~]+", "timestamp", "(?!0000)[0-9]{14}",
        "nonce", WORD + "{1,128}", "token", WORD + "{1,1024}", "signature", "[A-Za-z0-9+/]{43}=");
    static final List<String> QUERY = List.of("authorization", "appId", "timestamp", "nonce", "content", "signature");
    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMddHHmmss").withResolverStyle(ResolverStyle.STRICT); // UTC+8

    /** Of OPEN-BODY-SIG; of OPEN-FORM-PARAM with the content as body. */
    record Signed(String digest, String text, String signature) {}

    static void refuseUnless(boolean condition, String what) { if (!condition) throw new IllegalArgumentException(what); }

    static String check(String rule, String value) {
        refuseUnless(value.matches(RULES.get(rule)), rule);
        try {
            if (rule.equals("timestamp")) LocalDateTime.parse(value, TIME);
        } catch (DateTimeParseException e) { throw new IllegalArgumentException(rule, e); }
        return value;
    }

    static String checked(String appId, String appKey, String timestamp, String nonce) {
        check("key", appKey);
        return check("appId", appId) + check("timestamp", timestamp) + check("nonce", nonce);
    }

    static String hash(String name, byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance(name).digest(bytes));
    }

    static Signed sign(String appId, String appKey, String timestamp, String nonce, byte[] body) throws GeneralSecurityException {
        String start = checked(appId, appKey, timestamp, nonce), digest = hash("SHA-256", body), text = start + digest;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(appKey.getBytes(UTF_8), "HmacSHA256"));
        return new Signed(digest, text, Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8))));
    }

    static String header(String appId, String timestamp, String nonce, String signature) {
        return "OPEN-BODY-SIG AppId=\"%s\", Timestamp=\"%s\", Nonce=\"%s\", Signature=\"%s\"".formatted(appId, timestamp, nonce, signature);
    }

    static String query(String appId, String timestamp, String nonce, String content, String signature) {
        var values = List.of("OPEN-FORM-PARAM", appId, timestamp, nonce, content, signature);
        var query = new StringJoiner("&");
        for (int i = 0; i < values.size(); i++) query.add(QUERY.get(i) + "=" + URLEncoder.encode(values.get(i), UTF_8));
        return query.toString();
    }

    /** A request for a token, without its digest; sha256 false is the old form with SHA-1. */
    static Signed tokenRequest(String appId, String appKey, String timestamp, String nonce, boolean sha256) throws GeneralSecurityException {
        String text = checked(appId, appKey, timestamp, nonce) + appKey;
        return new Signed("", text, hash(sha256 ? "SHA-256" : "SHA-1", text.getBytes(UTF_8)));
    }

    static String tokenHeader(String token, String spelling, String appId) {
        check("token", token);
        return switch (spelling) {
            case "unquoted" -> "OPEN-ACCESS-TOKEN AccessToken=" + token;
            case "mixed_case" -> "Open-Access-Token accessToken=\"" + token + "\"";
            case "quoted_with_app_id" -> "OPEN-ACCESS-TOKEN AccessToken=\"%s\", AppId=\"%s\"".formatted(token, check("appId", appId));
            default -> throw new IllegalArgumentException(spelling);
        };
    }
}
