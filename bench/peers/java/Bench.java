import java.io.FileInputStream;
import java.net.URI;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.security.*;
import java.security.cert.CertificateFactory;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.regex.*;
import javax.net.ssl.*;
import static java.nio.charset.StandardCharsets.UTF_8;

/** HttpClient and the signer in Java. Usage: Bench client|once|sign …, as bench/src/peer.rs calls it. */
final class Bench {
    static final String APP_ID = "00000000000000000000000000000001", APP_KEY = "ums-simulator-demo-key-not-secret";
    static final String PATH = "/v6/poslink/transaction/voidpayment";
    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmss").withZone(ZoneOffset.ofHours(8));
    static final SecureRandom RANDOM = new SecureRandom();
    // The JDK has no JSON: a caller without a library picks the field out so.
    static final Pattern ERR_CODE = Pattern.compile("\"errCode\"\\s*:\\s*\"([^\"]*)\"");

    static String signed(byte[] body) throws GeneralSecurityException {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        String timestamp = TIME.format(Instant.now()), nonce = HexFormat.of().formatHex(random);
        return Signer.header(APP_ID, timestamp, nonce, Signer.sign(APP_ID, APP_KEY, timestamp, nonce, body).signature());
    }

    static boolean approved(HttpClient client, String base) throws Exception {
        byte[] body = ("{\"merchantCode\":\"103290070111417\",\"terminalCode\":\"12340511\",\"systemTraceNum\":\"123456\","
            + "\"originalOrderId\":\"20230718110248029165883554\",\"merchantRemark\":\"测试\"}").getBytes(UTF_8);
        var request = HttpRequest.newBuilder(URI.create(base + PATH)).version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/json").header("Accept", "application/json").header("Authorization", signed(body))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
        var reply = client.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
        Matcher code = ERR_CODE.matcher(reply.body());
        return reply.statusCode() == 200 && code.find() && code.group(1).equals("00");
    }

    static HttpClient client(String ca) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (var file = new FileInputStream(ca)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls).build();
    }

    static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    static void load(String base, String ca, int concurrency, long warmUp, long measure) throws Exception {
        var client = client(ca);
        var measuring = new AtomicBoolean();
        var over = new AtomicBoolean();
        var all = Collections.synchronizedList(new ArrayList<long[]>());
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < concurrency; i++) {
            var thread = new Thread(() -> {
                long[] latencies = new long[1024];
                int count = 0;
                try {
                    while (!over.get()) {
                        long started = System.nanoTime();
                        if (!approved(client, base)) throw new IllegalStateException("a call was not approved");
                        if (measuring.get()) {
                            if (count == latencies.length) latencies = Arrays.copyOf(latencies, count * 2);
                            latencies[count++] = System.nanoTime() - started;
                        }
                    }
                } catch (Exception e) { e.printStackTrace(); System.exit(1); }
                all.add(Arrays.copyOf(latencies, count));
            });
            thread.start();
            threads.add(thread);
        }
        Thread.sleep(warmUp);
        long started = System.nanoTime(), cpu = cpuNanos();
        measuring.set(true);
        Thread.sleep(measure);
        measuring.set(false);
        over.set(true);
        double seconds = (System.nanoTime() - started) / 1e9, cpuSeconds = (cpuNanos() - cpu) / 1e9;
        for (var thread : threads) thread.join();
        long[] sorted = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        long peak = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/status")))
            if (line.startsWith("VmHWM:")) peak = Long.parseLong(line.replaceAll("[^0-9]", ""));
        System.out.printf(Locale.ROOT, "{\"calls\":%d,\"seconds\":%f,\"cpu_seconds\":%f,\"p50\":%f,\"p99\":%f,\"p999\":%f,\"peak_kib\":%d}%n",
            sorted.length, seconds, cpuSeconds, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 0.999), peak);
        System.exit(0);
    }

    static double at(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1, (long) (sorted.length * quantile))] / 1e3;
    }

    static void sign(int length, int count) throws Exception {
        byte[] body = new byte[length];
        for (int i = 0; i < length; i++) body[i] = (byte) (32 + i % 95);
        for (int i = 0; i < Math.max(20_000, count); i++) signed(body); // compiled by then
        long started = System.nanoTime();
        for (int i = 0; i < count; i++) signed(body);
        System.out.println((System.nanoTime() - started) / (double) count);
    }

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "sign" -> sign(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
            case "once" -> {
                if (!approved(client(arguments[2]), arguments[1])) throw new IllegalStateException("not approved");
                System.exit(0);
            }
            case "version" -> System.out.println("Java " + System.getProperty("java.version"));
            default -> load(arguments[1], arguments[2], Integer.parseInt(arguments[3]), Long.parseLong(arguments[4]), Long.parseLong(arguments[5]));
        }
    }
}
