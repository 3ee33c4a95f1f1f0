import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes a payment; the same command again, after the answer was lost, tells what became of it.
 *
 * <pre>
 * UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop java TakePayment ORDER AMOUNT_IN_FEN PAY_CODE
 * </pre>
 */
public final class TakePayment {
    public static void main(String[] arguments) throws Exception {
        String order = arguments[0];
        Map<String, String> settings = System.getenv();
        Ums ums = new Ums(settings.get("UMS_URL"), settings.get("UMS_TOKEN"), settings.get("UMS_PROFILE"), 30, null);
        // The order's key. A shop keeps it in the order's row instead.
        Path file = Paths.get(order + ".key");
        String key = Ums.newKey();
        boolean isNew = true;
        try {
            // On the disk before the first submission, as a crash may follow.
            Files.write(file, key.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
        } catch (FileAlreadyExistsException error) {
            key = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII);
            isNew = false;
        }
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("merchantOrderId", order);
        request.put("transactionAmount", Long.valueOf(arguments[1]));
        request.put("transactionCurrencyCode", "156");
        request.put("merchantRemark", order);
        request.put("payMode", "CODE_SCAN");
        request.put("payCode", arguments[2]);
        double within = Double.parseDouble(settings.getOrDefault("UMS_WITHIN", "60"));
        Ums.Answer answer = ums.submit("pay", request, key, within, isNew, null);
        System.out.println(answer.outcome.name().toLowerCase() + " " + answer.why);
        switch (answer.outcome) {
            case APPROVED:
                System.exit(Boolean.FALSE.equals(answer.stands) ? 3 : 0); // 0: deliver
            case UNKNOWN:
                System.exit(5); // deliver nothing, take nothing else: the same command again
            case NOT_SENT:
                System.exit(4);
            default:
                System.exit(3);
        }
    }
}
