import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.*;
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
            this.record = record;
            String told = String.valueOf(record.get("outcome")).toUpperCase(Locale.ROOT);
            // What was not carried out as of some time is unknown, until it is certain.
            if (told.matches("APPROVED|DECLINED|NOT_SENT")) outcome = Outcome.valueOf(told);
            key = text(record, "key");
            id = text(record, "id");
            why = text(record, "next");
            mayRepeat = text(record, "may_repeat");
            notExecutedAsOf = text(record, "as_of");
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

    /** {@code profile}, {@code tls} may be null; {@code tryS}: how long a try may take, 1 to 120 s. */
    public Ums(String url, String token, String profile, double tryS, SSLSocketFactory tls) {
        String here = "http://(127\\.0\\.0\\.1|\\[::1]|localhost)(:\\d+)?/?";
        need(url.matches("https://[^/?#@\\s]+/?|" + here), "https, or http on this machine");
        need(token.matches("[!-~]+"), "the token must be visible ASCII");
        need(tryS >= 1 && tryS <= 120, "tryS must be from 1 to 120");
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.token = token; this.profile = profile; this.tryS = tryS; this.tls = tls;
    }

    /** A key for one operation: keep it with the order before it is submitted. */
    public static String newKey() {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        return String.format("%032x", new java.math.BigInteger(1, random));
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
        double until = now() + withinS;
        Reply reply = ask("POST", path(operation), until, body(request, more), "key", key);
        Answer answer = new Answer();
        if (reply.fits && "unknown".equals(reply.json.get("outcome")) && text(reply.json, "id") != null) {
            String id = text(reply.json, "id");
            Reply known = ask("GET", "/v1/calls/" + encoded(id) + "?wait=", until, null, "id", id);
            answer.about(known.fits ? known.json : reply.json);
        } else if (reply.fits) {
            answer.about(reply.json);
        } else {
            answer.why = reply.why;
            answer.problem = reply.problem;
            answer.inTheWay = text(reply.problem, "call");
            // Only a conflict is the journal's own word on this key; the others look at less.
            if (!reply.lost && (first || reply.status == 409)) {
                answer.outcome = Outcome.NOT_SENT;
                if (!reply.problem.isEmpty()) answer.mayRepeat = text(reply.problem, "may_repeat");
            }
        }
        answer.key = key;
        answer.tries = reply.tries;
        answer.replayed = reply.replayed;
        return answer;
    }

    /** The record of an operation that moves no money, such as "query". */
    public Map<String, Object> read(String operation, Map<String, ?> request, double withinS)
            throws UnreadException, InterruptedException {
        Reply reply = ask("POST", path(operation), now() + withinS, body(request, null), "", null);
        if (!reply.fits) throw new UnreadException(reply.why);
        return reply.json;
    }

    /** What is known of the call with this key, or null: the journal has none. Sends nothing. */
    public Answer find(String key) throws UnreadException, InterruptedException {
        String more = profile == null ? "" : "&profile=" + encoded(profile);
        String path = "/v1/calls?key=" + encoded(key) + more;
        Reply reply = ask("GET", path, now() + tryS, null, "calls", null);
        if (!reply.fits) throw new UnreadException(reply.why);
        List<?> calls = (List<?>) reply.json.get("calls");
        return calls.isEmpty() ? null : new Answer().about(object(calls.get(0)));
    }

    /** What came of asking. lost: a request may have arrived that has no answer. */
    private static final class Reply {
        int tries, status, retryAfter;
        boolean written, lost, fits, replayed;
        Map<String, Object> json = new HashMap<>(), problem = new HashMap<>();
        String why;
    }

    /** Asks until there is a list of calls, or a record whose field has this value, of a call with
     *  this id once it is known how it ended; or a refusal is final, or the time is over. */
    private Reply ask(String method, String path, double until, Map<String, Object> body,
            String field, String value) throws InterruptedException {
        boolean lost = false;
        for (int tries = 1; ; tries++) {
            double limit = Math.max(0.5, Math.min(tryS, until - now()));
            double inner = limit - Math.min(1, limit / 4); // it is to answer before the try ends
            if (body != null) body.put("timeout_s", inner);
            String to = path.endsWith("?wait=") ? path + inner : path;
            Reply reply = exchange(method, to, limit, body, field.equals("key") ? value : null);
            String told = String.valueOf(reply.json.get("outcome"));
            boolean fits = told.matches("approved|declined|not_sent|unknown|not_executed|answered")
                && (field.isEmpty() || reply.json.get(field) != null && value.equals(reply.json.get(field)))
                && !(field.equals("id") && told.equals("unknown"));
            if (field.equals("calls")) fits = reply.json.get("calls") instanceof List;
            reply.fits = fits && (reply.status == 200 || reply.status == 202);
            // What the server itself refuses has these; an error page of anything between has not.
            boolean isProblem = reply.status >= 400 && text(reply.json, "may_repeat") != null
                && text(reply.json, "type") != null && text(reply.json, "detail") != null;
            if (isProblem) reply.problem = reply.json;
            if (isProblem) reply.why = text(reply.json, "detail");
            reply.lost = lost = lost || reply.written && !reply.fits && !isProblem;
            reply.tries = tries;
            boolean mayPass = reply.status == 408 || reply.status == 429 || reply.status == 503;
            if (reply.fits || isProblem && !mayPass) return reply;
            double wait = mayPass ? reply.retryAfter : Math.min(2, 0.1 * tries);
            Thread.sleep((long) (1000 * Math.max(0, Math.min(Math.max(wait, 0.1), until - now()))));
            if (now() >= until) return reply;
        }
    }

    /** One request on a connection of its own, past every proxy: nothing sends it again unseen. */
    private Reply exchange(String method, String path, double limit, Map<String, Object> body, String key) {
        byte[] payload = body == null ? null : json(body).getBytes(StandardCharsets.UTF_8);
        Reply reply = new Reply();
        double end = now() + limit;
        HttpURLConnection line = null;
        try {
            line = (HttpURLConnection) new URL(url + path).openConnection(Proxy.NO_PROXY);
            if (tls != null) ((HttpsURLConnection) line).setSSLSocketFactory(tls);
            line.setInstanceFollowRedirects(false);
            line.setConnectTimeout((int) (limit * 1000));
            line.setReadTimeout((int) (limit * 1000));
            line.setRequestMethod(method);
            line.setRequestProperty("Authorization", "Bearer " + token);
            line.setRequestProperty("Connection", "close");
            if (key != null) line.setRequestProperty("Idempotency-Key", key);
            if (payload != null) {
                line.setRequestProperty("Content-Type", "application/json");
                line.setDoOutput(true);
                line.setFixedLengthStreamingMode(payload.length); // else Java sends it a second time
            }
            line.connect();
            reply.written = true;
            if (payload != null) try (OutputStream out = line.getOutputStream()) { out.write(payload); }
            reply.status = line.getResponseCode();
            reply.replayed = "true".equals(line.getHeaderField("Idempotent-Replayed"));
            reply.retryAfter = line.getHeaderFieldInt("Retry-After", 0);
            InputStream in = reply.status < 400 ? line.getInputStream() : line.getErrorStream();
            if (in == null && reply.status == 401 && line.getContentType().endsWith("/problem+json")) {
                // In this mode Java keeps the body of a 401 to itself.
                for (String name : new String[] {"type", "detail"}) reply.json.put(name, "unauthorized");
                reply.json.put("may_repeat", "same_key");
                return reply;
            }
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            byte[] part = new byte[65536];
            for (int n; in != null && (n = in.read(part)) >= 0; text.write(part, 0, n)) {
                if (text.size() > 16 << 20 || now() > end) throw new IOException("too long");
            }
            long length = line.getHeaderFieldLong("Content-Length", -1);
            if (length >= 0 && length != text.size()) throw new EOFException("the answer was cut off");
            reply.json = object(new Json(new String(text.toByteArray(), StandardCharsets.UTF_8)).all());
            reply.why = "the server's answer cannot be used";
        } catch (IOException | RuntimeException error) {
            reply.status = 0;
            reply.why = "no answer of the server: " + error;
        } finally {
            if (line != null) line.disconnect();
        }
        return reply;
    }

    private Map<String, Object> body(Map<String, ?> request, Map<String, ?> more) {
        Map<String, Object> body = new LinkedHashMap<>();
        if (more != null) body.putAll(more);
        body.put("profile", profile);
        body.put("request", request);
        return body;
    }

    private static String path(String operation) {
        need(operation.matches("[a-z_]+"), "no name of an operation");
        return "/v1/operations/" + operation;
    }

    private static String encoded(String text) {
        try {
            return URLEncoder.encode(text, "UTF-8");
        } catch (UnsupportedEncodingException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String text(Map<String, Object> json, String name) {
        return json.get(name) instanceof String ? (String) json.get(name) : null;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object json) {
        return json instanceof Map ? (Map<String, Object>) json : new HashMap<>();
    }

    private static void need(boolean holds, String why) {
        if (!holds) throw new IllegalArgumentException(why);
    }

    private static double now() { return System.nanoTime() / 1e9; }

    static String json(Object value) {
        StringJoiner all = new StringJoiner(",");
        if (value instanceof Map) {
            ((Map<?, ?>) value).forEach((name, it) -> all.add(json(String.valueOf(name)) + ":" + json(it)));
            return "{" + all + "}";
        }
        if (value instanceof Collection) {
            ((Collection<?>) value).forEach(it -> all.add(json(it)));
            return "[" + all + "]";
        }
        if (value == null || value instanceof Boolean || value instanceof Number) return String.valueOf(value);
        need(value instanceof String, "a value that is no JSON");
        StringBuilder text = new StringBuilder("\"");
        for (char c : value.toString().toCharArray())
            text.append(c < ' ' || c > '~' || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : "" + c);
        return text + "\"";
    }

    /** A reader of JSON. */
    static final class Json {
        private final String text;
        private int at;

        Json(String text) { this.text = text; }

        Object all() {
            Object value = value(0);
            need(text.substring(at).trim().isEmpty(), "something follows");
            return value;
        }

        private char next() {
            while (Character.isWhitespace(text.charAt(at))) at++;
            return text.charAt(at);
        }

        private void take(char wanted) {
            need(next() == wanted, "no JSON");
            at++;
        }

        private Object value(int depth) {
            need(depth < 64, "too deep");
            char first = next();
            if (first == '"') return string();
            if (first == '{' || first == '[') {
                Map<String, Object> members = new LinkedHashMap<>();
                List<Object> items = new ArrayList<>();
                at++;
                for (boolean isNext = false; next() != (first == '{' ? '}' : ']'); isNext = true) {
                    if (isNext) take(',');
                    if (first == '[') {
                        items.add(value(depth + 1));
                    } else {
                        next();
                        String name = string();
                        take(':');
                        members.put(name, value(depth + 1));
                    }
                }
                at++;
                return first == '{' ? members : items;
            }
            int from = at;
            while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) at++;
            String word = text.substring(from, at);
            if (word.equals("null")) return null;
            return word.matches("true|false") ? Boolean.valueOf(word) : new java.math.BigDecimal(word);
        }

        private String string() {
            take('"');
            StringBuilder all = new StringBuilder();
            for (char c; (c = text.charAt(at++)) != '"'; all.append(c)) {
                if (c != '\\') continue;
                int escape = "bfnrtu".indexOf(c = text.charAt(at++));
                if (escape == 5) c = (char) Integer.parseInt(text.substring(at, at += 4), 16);
                else if (escape >= 0) c = "\b\f\n\r\t".charAt(escape);
            }
            return all.toString();
        }
    }
}
