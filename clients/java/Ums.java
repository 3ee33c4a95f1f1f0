import java.io.*;
import java.math.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.*;
import java.util.regex.*;
import javax.net.ssl.*;

/**
 * UMS (银联商务) through the local process {@code ums serve}: an operation once per key.
 *
 * <pre>
 * Ums ums = new Ums("http://127.0.0.1:8480", token, "shop", 30, null);
 * String key = Ums.newKey();        // written down with the order, before the first submission
 * Ums.Answer answer = ums.submit("pay", request, key, 60, true, null);
 * if (answer.outcome == Ums.Outcome.APPROVED) ...
 * </pre>
 *
 * Java 8 or later, nothing but its standard library. Copy this file.
 */
public final class Ums {
    public enum Outcome {
        /** Carried out. */ APPROVED,
        /** Refused: not carried out. */ DECLINED,
        /** Nothing was sent to UMS: the same key may be submitted again. */ NOT_SENT,
        /** Perhaps carried out, perhaps not: no other key, no other payment method. */ UNKNOWN
    }

    /** What is known of a call. {@code why} is for people, everything else for programs. */
    public static final class Answer {
        public Outcome outcome = Outcome.UNKNOWN;
        public String key, id, why;
        /** Which key a further submission may have: same_key, new_key or no. One with the same key
         *  never sends twice: of what the server has not answered it only finds out. */
        public String mayRepeat = "same_key";
        /** False: it was carried out, and was taken back since. Deliver nothing. */
        public Boolean stands;
        /** Of an unknown outcome: when UMS had said, twice, that nothing was carried out. */
        public String notExecutedAsOf;
        /** The call that is in the way of this one. */
        public String inTheWay;
        public boolean replayed;
        public int tries = 1;
        public Map<String, Object> record = new HashMap<>(), problem = new HashMap<>();

        private Answer about(Map<String, Object> record) {
            String told = String.valueOf(record.get("outcome")).toUpperCase(Locale.ROOT);
            // What was not carried out as of some time is unknown, until it is certain.
            if (told.matches("APPROVED|DECLINED|NOT_SENT")) outcome = Outcome.valueOf(told);
            this.record = record;
            key = text(record, "key"); id = text(record, "id"); why = text(record, "next");
            mayRepeat = text(record, "may_repeat"); notExecutedAsOf = text(record, "as_of");
            stands = record.get("stands") instanceof Boolean ? (Boolean) record.get("stands") : null;
            return this;
        }
    }

    /** What only reads could not be read. Nothing was sent that moves money. */
    public static final class UnreadException extends IOException {
        UnreadException(String why) { super(why); }
    }

    private final String url, token, profile;
    private final double tryS;
    private final SSLSocketFactory tls;

    /** {@code tls} may be null; {@code tryS}: how long one try may take, 1 to 120 seconds. */
    public Ums(String url, String token, String profile, double tryS, SSLSocketFactory tls) {
        need(url.matches("https://[^/?#@\\s]+|http://(127\\.0\\.0\\.1|\\[::1]|localhost)(:\\d+)?"),
            "the address must be https://host:port, or http on this machine");
        need(token.matches("[!-~]+") && !profile.isEmpty(), "the token must be visible ASCII");
        need(tryS >= 1 && tryS <= 120, "tryS must be from 1 to 120");
        this.url = url; this.token = token; this.profile = profile; this.tryS = tryS; this.tls = tls;
    }

    /** A key for one operation: keep it with the order before it is submitted. */
    public static String newKey() {
        return String.format("%032x", new BigInteger(128, new SecureRandom()));
    }

    /**
     * Carries out an operation that moves money, at most once for this key, and finds out how it
     * ended; tries again with the same key until {@code withinS} seconds are over.
     *
     * {@code first}: nobody has submitted this key before. Only then is it certain that nothing was
     * sent when the server cannot be reached; otherwise the outcome is unknown. {@code more}: other
     * members of the submission (labels, not_after, ask_first, despite), or null.
     */
    public Answer submit(String operation, Map<String, ?> request, String key, double withinS,
            boolean first, Map<String, ?> more) throws InterruptedException {
        need(key.matches("[!#-\\[\\]-~]{1,255}"), "a key has 1 to 255 visible ASCII, no \" or \\");
        Map<String, Object> body = new HashMap<>(more == null ? new HashMap<>() : more);
        body.put("request", request); body.put("profile", profile);
        double until = now() + withinS;
        Reply reply = ask("POST", "/v1/operations/" + operation, until, body, "key", key);
        Answer answer = new Answer();
        String id = text(reply.json, "id");
        if (reply.fits && id != null && "unknown".equals(reply.json.get("outcome"))) {
            Reply known = ask("GET", "/v1/calls/" + encoded(id) + "?wait=", until, null, "id", id);
            answer.about(known.fits ? known.json : reply.json);
        } else if (reply.fits) {
            answer.about(reply.json);
        } else {
            answer.why = reply.why; answer.problem = reply.problem;
            answer.inTheWay = text(reply.problem, "call");
            // Only a conflict is the journal's own word on this key; the others look at less.
            if (!reply.lost && (first || reply.status == 409)) {
                answer.outcome = Outcome.NOT_SENT;
                if (!reply.problem.isEmpty()) answer.mayRepeat = text(reply.problem, "may_repeat");
            }
        }
        answer.key = key; answer.tries = reply.tries; answer.replayed = reply.replayed;
        return answer;
    }

    /** The record of an operation that moves no money, such as "query". */
    public Map<String, Object> read(String operation, Map<String, ?> request, double withinS)
            throws UnreadException, InterruptedException {
        Map<String, Object> body = new HashMap<>();
        body.put("request", request); body.put("profile", profile);
        Reply reply = ask("POST", "/v1/operations/" + operation, now() + withinS, body, "", null);
        if (!reply.fits) throw new UnreadException(reply.why);
        return reply.json;
    }

    /** What is known of the call with this key, or null: the journal has none. Sends nothing. */
    public Answer find(String key) throws UnreadException, InterruptedException {
        String query = "?key=" + encoded(key) + "&profile=" + encoded(profile);
        Reply reply = ask("GET", "/v1/calls" + query, now() + tryS, null, "calls", null);
        if (!reply.fits) throw new UnreadException(reply.why);
        List<?> calls = (List<?>) reply.json.get("calls");
        return calls.isEmpty() ? null : new Answer().about(object(calls.get(0)));
    }

    /** What came of asking. lost: a request may have arrived that has no answer. */
    private static final class Reply {
        int tries, status, retryAfter;
        boolean written, lost, fits, replayed;
        Map<String, Object> json = new HashMap<>(), problem = new HashMap<>();
        String why = "the server's answer cannot be used";
    }

    /** Asks until there is a list of calls, or a record whose field has this value, of a call with
     *  this id once it is known how it ended; or a refusal is final, or the time is over. */
    private Reply ask(String method, String path, double until, Map<String, Object> body,
            String field, String value) throws InterruptedException {
        need(body == null || path.matches("/v1/operations/[a-z_]+"), "no name of an operation");
        boolean lost = false;
        for (int tries = 1; ; tries++) {
            double limit = Math.max(0.5, Math.min(tryS, until - now()));
            double inner = limit - Math.min(1, limit / 4); // it is to answer before the try ends
            if (body != null) body.put("timeout_s", inner);
            String to = url + (path.endsWith("?wait=") ? path + inner : path);
            byte[] payload = body == null ? null : json(body).getBytes(StandardCharsets.UTF_8);
            Reply reply = exchange(method, to, limit, payload, field.equals("key") ? value : null);
            String told = String.valueOf(reply.json.get("outcome"));
            boolean fits = told.matches("approved|declined|not_sent|unknown|not_executed|answered")
                && (field.isEmpty() || value != null && value.equals(reply.json.get(field)))
                && !(field.equals("id") && told.equals("unknown"));
            if (field.equals("calls")) fits = reply.json.get("calls") instanceof List;
            reply.fits = fits && (reply.status == 200 || reply.status == 202);
            // What the server itself refuses has these; an error page of anything between has not.
            boolean isProblem = reply.status >= 400 && text(reply.json, "may_repeat") != null
                && text(reply.json, "type") != null && text(reply.json, "detail") != null;
            if (isProblem) reply.why = text(reply.problem = reply.json, "detail");
            reply.lost = lost = lost || reply.written && !reply.fits && !isProblem;
            reply.tries = tries;
            boolean mayPass = reply.status == 408 || reply.status == 429 || reply.status == 503;
            if (reply.fits || isProblem && !mayPass) return reply;
            double wait = mayPass ? Math.max(0.1, reply.retryAfter) : Math.min(2, 0.1 * tries);
            Thread.sleep((long) (1000 * Math.max(0, Math.min(wait, until - now()))));
            if (now() >= until) return reply;
        }
    }

    /** One request on a connection of its own, past every proxy: nothing sends it again unseen. */
    private Reply exchange(String method, String to, double limit, byte[] payload, String key) {
        Reply reply = new Reply();
        double end = now() + limit;
        try {
            HttpURLConnection line = (HttpURLConnection) new URL(to).openConnection(Proxy.NO_PROXY);
            if (tls != null) ((HttpsURLConnection) line).setSSLSocketFactory(tls);
            line.setInstanceFollowRedirects(false);
            line.setConnectTimeout((int) (limit * 1000));
            line.setReadTimeout((int) (limit * 1000));
            line.setRequestMethod(method);
            line.setRequestProperty("Authorization", "Bearer " + token);
            line.setRequestProperty("Connection", "close");
            line.setRequestProperty("Content-Type", "application/json");
            if (key != null) line.setRequestProperty("Idempotency-Key", key);
            line.setDoOutput(payload != null);
            // Without this, Java sends a POST a second time by itself.
            if (payload != null) line.setFixedLengthStreamingMode(payload.length);
            line.connect();
            reply.written = true;
            if (payload != null) line.getOutputStream().write(payload);
            reply.status = line.getResponseCode();
            reply.replayed = "true".equals(line.getHeaderField("Idempotent-Replayed"));
            reply.retryAfter = line.getHeaderFieldInt("Retry-After", 0);
            // Of a 401, Java keeps the body to itself then; its type says that the server refuses.
            String kept = "{'type': '', 'detail': 'the token is not valid', 'may_repeat': 'same_key'}";
            boolean isKept = reply.status == 401 && line.getErrorStream() == null
                && String.valueOf(line.getContentType()).endsWith("/problem+json");
            InputStream in = reply.status < 400 ? line.getInputStream() : line.getErrorStream();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            byte[] part = new byte[65536];
            for (int n; in != null && (n = in.read(part)) >= 0; all.write(part, 0, n))
                if (all.size() > 16 << 20 || now() > end) throw new IOException("too long");
            long length = line.getHeaderFieldLong("Content-Length", -1);
            if (!isKept && length >= 0 && length != all.size()) throw new EOFException("cut off");
            String text = isKept ? kept.replace('\'', '"') : all.toString("UTF-8");
            if (in != null) in.close();
            reply.json = object(parsed(text));
        } catch (IOException | RuntimeException error) {
            reply.status = 0;
            reply.why = "no answer of the server: " + error;
        }
        return reply;
    }

    private static void need(boolean fits, String why) {
        if (!fits) throw new IllegalArgumentException(why);
    }

    private static double now() { return System.nanoTime() / 1e9; }

    private static String encoded(String text) {
        StringBuilder all = new StringBuilder();
        for (char c : text.toCharArray())
            all.append(Character.isLetterOrDigit(c) ? "" + c : String.format("%%%02X", (int) c));
        return all.toString();
    }

    private static String text(Map<String, Object> json, String name) {
        return json.get(name) instanceof String ? (String) json.get(name) : null;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object json) {
        return json instanceof Map ? (Map<String, Object>) json : new HashMap<>();
    }

    static String json(Object value) {
        StringJoiner all = new StringJoiner(",");
        if (value instanceof Map) {
            ((Map<?, ?>) value).forEach((name, it) -> all.add(json("" + name) + ":" + json(it)));
            return "{" + all + "}";
        }
        if (value instanceof Iterable) {
            ((Iterable<?>) value).forEach(it -> all.add(json(it)));
            return "[" + all + "]";
        }
        if (value == null || value instanceof Boolean || value instanceof Number) return "" + value;
        StringBuilder text = new StringBuilder("\"");
        for (char c : value.toString().toCharArray())
            text.append(c < ' ' || c > '~' || "\"\\".indexOf(c) >= 0 ? String.format("\\u%04x", (int) c) : c);
        return text.append('"').toString();
    }

    static Object parsed(String json) {
        Matcher tokens = Pattern.compile("\\G\\s*([{}\\[\\],:]|\"(?:[^\"\\\\]++|\\\\.)*+\"|[^\\s{}\\[\\],:\"]++)")
            .matcher(json);
        return value(tokens, token(tokens));
    }

    private static String token(Matcher tokens) {
        need(tokens.find(), "the JSON is cut off");
        return tokens.group(1);
    }

    private static Object value(Matcher tokens, String token) {
        if (token.equals("{")) {
            Map<String, Object> members = new LinkedHashMap<>();
            for (String name; !(name = token(tokens)).equals("}"); ) {
                if (name.equals(",")) continue;
                need(name.startsWith("\"") && token(tokens).equals(":"), "no JSON");
                members.put(string(name), value(tokens, token(tokens)));
            }
            return members;
        }
        if (token.equals("[")) {
            List<Object> items = new ArrayList<>();
            for (String item; !(item = token(tokens)).equals("]"); )
                if (!item.equals(",")) items.add(value(tokens, item));
            return items;
        }
        if (token.startsWith("\"")) return string(token);
        if (token.equals("null")) return null;
        return token.matches("true|false") ? (Object) token.equals("true") : new BigDecimal(token);
    }

    private static String string(String token) {
        StringBuilder all = new StringBuilder();
        for (int at = 1; at < token.length() - 1; at++) {
            char c = token.charAt(at);
            int escape = c == '\\' ? "bfnrtu".indexOf(c = token.charAt(++at)) : -1;
            if (escape == 5) c = (char) Integer.parseInt(token.substring(at + 1, (at += 4) + 1), 16);
            else if (escape >= 0) c = "\b\f\n\r\t".charAt(escape);
            all.append(c);
        }
        return all.toString();
    }
}
