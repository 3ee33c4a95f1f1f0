import java.io.*;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;
import static java.nio.charset.StandardCharsets.UTF_8;

/** Runs the whole signing suite: java Suite PATH, the path being that of fixtures/signing. */
public final class Suite {
    /** What an action made, and what it has to be. */
    record Outcome(List<String> made, List<String> wanted) {}

    static Path directory;

    static byte[] read(String name) {
        try {
            return Files.readAllBytes(directory.resolve(name));
        } catch (IOException e) { throw new UncheckedIOException(e); }
    }

    static List<String> texts(String... names) { return Arrays.stream(names).map(name -> new String(read(name), UTF_8)).toList(); }

    /** A string of a flat JSON object, null if it is null; the standard library has no JSON. */
    static String string(String json, String name) {
        Matcher m = Pattern.compile("\"" + name + "\": ?(?:null|\"((?:[^\"\\\\]|\\\\.)*)\")").matcher(json);
        if (!m.find()) throw new IllegalStateException(directory + " has no " + name);
        return m.group(1) == null ? null : Pattern.compile("\\\\(u....|.)").matcher(m.group(1)).replaceAll(e -> Matcher.quoteReplacement(
            switch (e.group(1).charAt(0)) {
                case 'u' -> String.valueOf((char) Integer.parseInt(e.group(1).substring(1), 16));
                case 'n' -> "\n"; case 'r' -> "\r"; case 't' -> "\t"; case 'b' -> "\b"; case 'f' -> "\f";
                default -> e.group(1);
            }));
    }

    /** Does what the case's action says; throws IllegalArgumentException when it refuses. */
    static Outcome run(String c) throws Exception {
        String what = string(c, "scheme") + "/" + string(c, "action");
        if (what.equals("notify/verify")) {
            var made = Verifier.verifyNotify(string(c, "communication_key"), texts("form.txt").get(0), string(c, "sign_type"));
            return new Outcome(made, texts("string-to-sign.txt", "signature.txt"));
        }
        String id = string(c, "app_id");
        if (what.equals("open-access-token/header"))
            return new Outcome(List.of(Signer.tokenHeader(string(c, "access_token"), string(c, "spelling"), id)), texts("authorization.txt"));
        if (what.equals("open-access-token/read"))
            return new Outcome(Verifier.readTokenHeader(texts("authorization.txt").get(0)), Arrays.asList(string(c, "access_token"), id));
        String key = string(c, "app_key"), time = string(c, "timestamp"), nonce = string(c, "nonce");
        switch (what) {
            case "open-body-sig/sign": {
                var signed = Signer.sign(id, key, time, nonce, read("body.bin"));
                String header = Signer.header(id, time, nonce, signed.signature());
                Verifier.verify(id, key, header, read("body.bin"));
                return new Outcome(List.of(signed.digest(), signed.text(), signed.signature(), header),
                    texts("body-digest.txt", "string-to-sign.txt", "signature.txt", "authorization.txt"));
            }
            case "open-body-sig/verify":
                Verifier.verify(id, key, texts("authorization.txt").get(0), read("body.bin"));
                return new Outcome(List.of(Signer.sign(id, key, time, nonce, read("body.bin")).signature()), texts("signature.txt"));
            case "open-form-param/sign": {
                var signed = Signer.sign(id, key, time, nonce, read("content.txt"));
                String query = Signer.query(id, time, nonce, texts("content.txt").get(0), signed.signature());
                Verifier.verifyQuery(id, key, query);
                return new Outcome(List.of(signed.digest(), signed.text(), signed.signature(), query),
                    texts("content-digest.txt", "string-to-sign.txt", "signature.txt", "query.txt"));
            }
            case "open-form-param/verify":
                Verifier.verifyQuery(id, key, texts("query.txt").get(0));
                return new Outcome(List.of(), List.of());
            case "open-access-token/sign": {
                var request = Signer.tokenRequest(id, key, time, nonce, string(c, "sign_method") != null);
                String sent = string(texts("request.json").get(0), "signature");
                return new Outcome(List.of(request.text(), request.signature(), request.signature()),
                    List.of(texts("string-to-sign.txt").get(0), texts("signature.txt").get(0), sent));
            }
            case "open-access-token/verify": {
                var right = Signer.tokenRequest(id, key, time, nonce, string(c, "sign_method") != null);
                Signer.refuseUnless(right.signature().equals(string(texts("request.json").get(0), "signature")), "signature");
                return new Outcome(List.of(), List.of());
            }
            default: throw new IllegalStateException(what + " is not known here");
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]);
        var failed = new ArrayList<String>();
        List<Path> cases;
        try (var paths = Files.walk(root)) {
            cases = paths.filter(path -> path.endsWith("case.json")).map(Path::getParent).sorted().toList();
        }
        for (Path path : cases) {
            directory = path;
            String json = new String(read("case.json"), UTF_8), outcome;
            try {
                Outcome o = run(json);
                outcome = o.made().equals(o.wanted()) ? "accept" : "made " + o.made() + ", wanted " + o.wanted();
            } catch (IllegalArgumentException e) { outcome = "refuse"; }
            if (!outcome.equals(string(json, "expect"))) failed.add(path + ": " + string(json, "expect") + " expected, got " + outcome);
        }
        Matcher total = Pattern.compile("\"total\": (\\d+)").matcher(Files.readString(root.resolve("index.json")));
        if (!total.find() || Integer.parseInt(total.group(1)) != cases.size()) failed.add(cases.size() + " directories, another number in the index");
        failed.forEach(System.out::println);
        System.out.println("java: " + cases.size() + " cases, " + failed.size() + " failed");
        System.exit(failed.isEmpty() ? 0 : 1);
    }
}
