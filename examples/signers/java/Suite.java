import java.nio.file.*;
import java.util.*;
import java.util.regex.*;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Runs the whole signing suite: java Suite PATH, the path being that of fixtures/signing. */
public final class Suite {
    /** What an action made, and what it has to be. */
    record Outcome(List<String> made, List<String> wanted) {}

    /** What counts in the JSON of the suite, which has no number and no boolean; the standard library has no JSON. */
    static final Pattern TOKEN = Pattern.compile("\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"|null|[\\[\\]{}]");
    static final Object END = new Object();

    static Object read(Matcher json) {
        if (!json.find()) throw new IllegalStateException("the JSON is cut short");
        switch (json.group().charAt(0)) {
            case '"': return json.group(1).indexOf('\\') < 0 ? json.group(1) : unescape(json.group(1));
            case 'n': return null;
            case '[': {
                var items = new ArrayList<Object>();
                for (Object item; (item = read(json)) != END; ) items.add(item);
                return items;
            }
            case '{': {
                var entries = new HashMap<Object, Object>();
                for (Object name; (name = read(json)) != END; ) entries.put(name, read(json));
                return entries;
            }
            default: return END;
        }
    }

    static String unescape(String text) {
        return Pattern.compile("\\\\(u....|.)").matcher(text).replaceAll(e -> Matcher.quoteReplacement(switch (e.group(1).charAt(0)) {
            case 'u' -> String.valueOf((char) Integer.parseInt(e.group(1).substring(1), 16));
            case 'n' -> "\n"; case 'r' -> "\r"; case 't' -> "\t"; case 'b' -> "\b"; case 'f' -> "\f";
            default -> e.group(1);
        }));
    }

    /** One case, or the request in one. */
    record Case(Map<?, ?> values) {
        String string(String name) {
            if (!values.containsKey(name)) throw new IllegalStateException(values.get("name") + " has no " + name);
            return (String) values.get(name);
        }

        List<String> strings(String... names) { return Arrays.stream(names).map(this::string).toList(); }

        /** The body, which is text or, where it is not UTF-8, Base64. */
        byte[] body() {
            return values.containsKey("body") ? string("body").getBytes(UTF_8) : Base64.getDecoder().decode(string("body_base64"));
        }

        Case request() { return new Case((Map<?, ?>) values.get("request")); }
    }

    /** Does what the case's action says; throws IllegalArgumentException when it refuses. */
    static Outcome run(String scheme, Case c) throws Exception {
        String what = scheme + "/" + c.string("action");
        if (what.equals("notify/verify")) {
            var made = Verifier.verifyNotify(c.string("communication_key"), c.string("form"), c.string("sign_type"));
            return new Outcome(made, c.strings("string_to_sign", "signature"));
        }
        String id = c.string("app_id");
        if (what.equals("open-access-token/header"))
            return new Outcome(List.of(Signer.tokenHeader(c.string("access_token"), c.string("spelling"), id)), c.strings("authorization"));
        if (what.equals("open-access-token/read"))
            return new Outcome(Verifier.readTokenHeader(c.string("authorization")), Arrays.asList(c.string("access_token"), id));
        String key = c.string("app_key"), time = c.string("timestamp"), nonce = c.string("nonce");
        switch (what) {
            case "open-body-sig/sign": {
                var signed = Signer.sign(id, key, time, nonce, c.body());
                String header = Signer.header(id, time, nonce, signed.signature());
                Verifier.verify(id, key, header, c.body());
                return new Outcome(List.of(signed.digest(), signed.text(), signed.signature(), header),
                    c.strings("body_digest", "string_to_sign", "signature", "authorization"));
            }
            case "open-body-sig/verify":
                Verifier.verify(id, key, c.string("authorization"), c.body());
                return new Outcome(List.of(Signer.sign(id, key, time, nonce, c.body()).signature()), c.strings("signature"));
            case "open-form-param/sign": {
                var signed = Signer.sign(id, key, time, nonce, c.string("content").getBytes(UTF_8));
                String query = Signer.query(id, time, nonce, c.string("content"), signed.signature());
                Verifier.verifyQuery(id, key, query);
                return new Outcome(List.of(signed.digest(), signed.text(), signed.signature(), query),
                    c.strings("content_digest", "string_to_sign", "signature", "query"));
            }
            case "open-form-param/verify":
                Verifier.verifyQuery(id, key, c.string("query"));
                return new Outcome(List.of(), List.of());
            case "open-access-token/sign": {
                var request = Signer.tokenRequest(id, key, time, nonce, c.string("sign_method") != null);
                String sent = c.request().string("signature");
                return new Outcome(List.of(request.text(), request.signature(), request.signature()),
                    List.of(c.string("string_to_sign"), c.string("signature"), sent));
            }
            case "open-access-token/verify": {
                var right = Signer.tokenRequest(id, key, time, nonce, c.string("sign_method") != null);
                Signer.refuseUnless(right.signature().equals(c.request().string("signature")), "signature");
                return new Outcome(List.of(), List.of());
            }
            default: throw new IllegalStateException(what + " is not known here");
        }
    }

    public static void main(String[] arguments) throws Exception {
        var failed = new ArrayList<String>();
        int count = 0;
        List<Path> files;
        try (var paths = Files.list(Path.of(arguments[0]))) {
            files = paths.filter(path -> path.toString().endsWith(".json") && !path.endsWith("schema.json")).sorted().toList();
        }
        for (Path path : files) {
            var suite = (Map<?, ?>) read(TOKEN.matcher(Files.readString(path)));
            String scheme = (String) suite.get("scheme");
            for (Object values : (List<?>) suite.get("cases")) {
                var c = new Case((Map<?, ?>) values);
                String outcome;
                try {
                    Outcome o = run(scheme, c);
                    outcome = o.made().equals(o.wanted()) ? "accept" : "made " + o.made() + ", wanted " + o.wanted();
                } catch (IllegalArgumentException e) { outcome = "refuse"; }
                count++;
                if (!outcome.equals(c.string("expect")))
                    failed.add(scheme + "/" + c.string("name") + ": " + c.string("expect") + " expected, got " + outcome);
            }
        }
        if (count == 0) failed.add("there is no case");
        failed.forEach(System.out::println);
        System.out.println("java: " + count + " cases, " + failed.size() + " failed");
        System.exit(failed.isEmpty() ? 0 : 1);
    }
}
