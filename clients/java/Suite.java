import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Does what each line of its input says, for {@code cargo xtask interop}; answers with a line each. */
public final class Suite {
    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String line; (line = in.readLine()) != null; ) {
            Map<String, Object> answer = new LinkedHashMap<>();
            try {
                answer = done(Ums.object(Ums.parsed(line)));
            } catch (IllegalArgumentException error) {
                answer.put("refused", error.getMessage());
            } catch (Ums.UnreadException error) {
                answer.put("error", error.getMessage());
            }
            out.println(Ums.json(answer));
        }
    }

    private static Map<String, Object> done(Map<String, Object> step) throws Exception {
        Ums ums = new Ums((String) step.get("url"), (String) step.get("token"), (String) step.get("profile"),
            seconds(step, "try_s", 30), null);
        String operation = (String) step.get("operation"), key = (String) step.get("key");
        Map<String, Object> request = Ums.object(step.get("request")), told = new LinkedHashMap<>();
        double within = seconds(step, "within", 20);
        Ums.Answer answer;
        switch ((String) step.get("do")) {
            case "submit":
                boolean first = Boolean.TRUE.equals(step.get("first"));
                answer = ums.submit(operation, request, key, within, first, null);
                break;
            case "find":
                answer = ums.find(key);
                break;
            default:
                Map<String, Object> record = ums.read(operation, request, within);
                told.put("outcome", record.get("outcome"));
                told.put("state", record.get("state"));
                return told;
        }
        if (answer == null) {
            told.put("none", true);
            return told;
        }
        told.put("outcome", answer.outcome.name().toLowerCase());
        told.put("key", answer.key);
        told.put("id", answer.id);
        told.put("tries", answer.tries);
        told.put("replayed", answer.replayed);
        told.put("may_repeat", answer.mayRepeat);
        told.put("stands", answer.stands);
        told.put("as_of", answer.notExecutedAsOf);
        told.put("in_the_way", answer.inTheWay);
        told.put("field", answer.problem.get("field"));
        told.put("err_code", answer.record.get("err_code"));
        told.put("why", answer.why);
        return told;
    }

    private static double seconds(Map<String, Object> step, String name, double usual) {
        Object value = step.get(name);
        return value == null ? usual : ((Number) value).doubleValue();
    }
}
