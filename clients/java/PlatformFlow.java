import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The platform's own sample of a void (支付撤销), which here really runs: a context, and a request
 * that is executed with it. What is new: the context's request id is the operation's key, and there
 * is an outcome beside the platform's code.
 *
 * <pre>
 * UMS_URL=http://127.0.0.1:8480 UMS_TOKEN=… UMS_PROFILE=shop java PlatformFlow UMS_ORDER_ID
 * </pre>
 */
public final class PlatformFlow {
    /** As the platform's, without an AppKey: the server signs. */
    static final class OpenApiContext {
        private String requestId, version, serviceCode;
        private boolean isFirst = true;

        /** The key: keep it with the order before anything is executed. */
        void setRequestId(String requestId) { this.requestId = requestId; }

        /** False where the request id may have been used before. */
        void setFirst(boolean isFirst) { this.isFirst = isFirst; }

        /** The version is the first part of the path, the service code the rest. */
        void setApiServiceUrl(String url) {
            String[] parts = url.split("/", 3);
            version = parts[1];
            serviceCode = parts[2];
        }
    }

    static final class DefaultOpenApiClient {
        private final Ums ums;

        DefaultOpenApiClient(Ums ums) { this.ums = ums; }

        Ums.Answer execute(OpenApiContext context, Map<String, Object> request) throws InterruptedException {
            return ums.submit(operation(context), request, context.requestId, 60, context.isFirst, null);
        }

        private static String operation(OpenApiContext context) {
            switch (context.serviceCode) {
                case "poslink/transaction/pay": return "pay";
                case "poslink/transaction/refund": return "refund";
                case "poslink/transaction/voidpayment": return "void_payment";
                default: throw new IllegalArgumentException(context.version + " " + context.serviceCode);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        String url = "/v6/poslink/transaction/voidpayment";
        Map<String, String> settings = System.getenv();
        Ums ums = new Ums(settings.get("UMS_URL"), settings.get("UMS_TOKEN"), settings.get("UMS_PROFILE"), 30, null);
        OpenApiContext context = new OpenApiContext();
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("systemTraceNum", "123456");
        request.put("originalOrderId", arguments[0]);
        request.put("merchantRemark", "test");
        request.put("limitCrossDevice", true);
        context.setRequestId(Ums.newKey());
        context.setApiServiceUrl(url);
        Ums.Answer answer = new DefaultOpenApiClient(ums).execute(context, request);
        System.out.println(answer.record.get("err_code"));
        System.out.println(answer.record.get("err_info"));
        System.out.println(answer.outcome + " " + answer.why);
        System.exit(answer.outcome == Ums.Outcome.APPROVED ? 0 : 1);
    }
}
