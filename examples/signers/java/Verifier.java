import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.*;
import java.util.*;
import java.util.regex.*;
import java.util.stream.Collectors;
import static java.nio.charset.StandardCharsets.*;

/** Verifies what Signer signs, and netpay notifications. Standard library only. Throws IllegalArgumentException on what must be refused. */
final class Verifier {
    static final Pattern HEADER = Pattern.compile("OPEN-BODY-SIG AppId=\"([^\"]*)\", ?Timestamp=\"([^\"]*)\", ?Nonce=\"([^\"]*)\", ?Signature=\"([^\"]*)\"");
    static final Pattern TOKEN = Pattern.compile("OPEN-ACCESS-TOKEN AccessToken=\"([^\"]*)\", ?AppId=\"([^\"]*)\"");
    static final Pattern TOKEN_ALONE = Pattern.compile("Open-Access-Token accessToken=\"([^\"]*)\"|OPEN-ACCESS-TOKEN AccessToken=([^\"]*)");

    static void verify(String appId, String appKey, String received, byte[] body) throws GeneralSecurityException {
        Matcher m = HEADER.matcher(received);
        Signer.refuseUnless(m.matches(), "header");
        verifyParts(appId, appKey, m.group(1), m.group(2), m.group(3), m.group(4), body);
    }

    static void verifyParts(String appId, String appKey, String receivedId, String timestamp, String nonce, String signature, byte[] body)
            throws GeneralSecurityException {
        Signer.check("signature", signature);
        String right = Signer.sign(receivedId, appKey, timestamp, nonce, body).signature();
        boolean same = MessageDigest.isEqual(Base64.getDecoder().decode(signature), Base64.getDecoder().decode(right));
        Signer.refuseUnless(receivedId.equals(appId) && same, "AppId or signature");
    }

    /** Decodes once; what is not UTF-8 is refused, where URLDecoder alone would replace it. */
    static String decode(String text) {
        try {
            String bytes = URLDecoder.decode(new String(text.getBytes(UTF_8), ISO_8859_1), ISO_8859_1);
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes(ISO_8859_1))).toString();
        } catch (CharacterCodingException e) { throw new IllegalArgumentException("UTF-8", e); }
    }

    static Map<String, String> pairs(String form) {
        // Sorted by the bytes of the names, as notifications need it.
        var found = new TreeMap<String, String>((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
        for (String pair : form.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            Signer.refuseUnless(parts.length == 2 && found.put(decode(parts[0]), decode(parts[1])) == null, "pair");
        }
        return found;
    }

    static void verifyQuery(String appId, String appKey, String received) throws GeneralSecurityException {
        var q = pairs(received);
        Signer.refuseUnless(q.keySet().equals(new TreeSet<>(Signer.QUERY)) && q.get("authorization").equals("OPEN-FORM-PARAM"), "query");
        verifyParts(appId, appKey, q.get("appId"), q.get("timestamp"), q.get("nonce"), q.get("signature"), q.get("content").getBytes(UTF_8));
    }

    /** Token and AppId; the AppId is null in two of the spellings. */
    static List<String> readTokenHeader(String received) {
        Matcher m = TOKEN.matcher(received), alone = TOKEN_ALONE.matcher(received);
        if (m.matches()) return List.of(Signer.check("token", m.group(1)), Signer.check("appId", m.group(2)));
        Signer.refuseUnless(alone.matches(), "header");
        return Arrays.asList(Signer.check("token", alone.group(1) != null ? alone.group(1) : alone.group(2)), null);
    }

    static final Pattern SEPARATOR = Pattern.compile("[&=]"), FIELD_INSIDE = Pattern.compile("&[^&=]+=");

    /** Whether the pair is signed like two: values are not escaped. */
    static boolean readsLikeAnother(Map.Entry<String, String> pair) {
        return SEPARATOR.matcher(pair.getKey()).find() || FIELD_INSIDE.matcher(pair.getValue()).find();
    }

    /** The string to sign and the signature of a netpay notification whose signature is right. The receiver's hash counts, not the sender's. */
    static List<String> verifyNotify(String key, String form, String signType) throws GeneralSecurityException {
        Signer.check("key", key);
        var p = pairs(form);
        String said = p.getOrDefault("signType", "");
        Signer.refuseUnless("MD5".equals(signType) || "SHA256".equals(signType), "signType");
        Signer.refuseUnless(said.isEmpty() || said.equals(signType), "signType");
        var signed = p.entrySet().stream().filter(e -> !e.getValue().isEmpty() && !e.getKey().equals("sign")).toList();
        String text = signed.stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("&")) + key;
        String right = Signer.hash(signType.equals("MD5") ? "MD5" : "SHA-256", text.getBytes(UTF_8));
        String sign = p.getOrDefault("sign", "").toLowerCase(Locale.ROOT);
        Signer.refuseUnless(MessageDigest.isEqual(sign.getBytes(UTF_8), right.getBytes(UTF_8)), "sign");
        Signer.refuseUnless(signed.stream().noneMatch(Verifier::readsLikeAnother), "ambiguous: query the order");
        return List.of(text, right);
    }
}
