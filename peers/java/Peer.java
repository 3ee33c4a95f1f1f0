import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** HttpURLConnection and HttpClient, as they come. See ../README.md for what is read and written. */
public final class Peer {
    private interface Sender {
        int send(String url, String authorization, byte[] body, int timeout) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        boolean old = arguments[0].equals("HttpURLConnection");
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println((old ? "HttpURLConnection" : "java.net.http.HttpClient")
                + " of Java " + System.getProperty("java.version"));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] call = line.split("\t", -1);
            int timeout = Integer.parseInt(call[3]);
            Sender sender = old ? Peer::sendOld : newClient();
            if (!call[4].isEmpty()) {
                sender.send(call[0], call[4], call[5].getBytes(StandardCharsets.UTF_8), timeout);
            }
            String told;
            try {
                int status = sender.send(call[0], call[1], call[2].getBytes(StandardCharsets.UTF_8), timeout);
                told = "reply\t" + status + "\t";
            } catch (IOException error) {
                String message = String.valueOf(error.getMessage()).replaceAll("[\t\r\n]", " ");
                told = "error\t" + error.getClass().getName() + "\t" + message;
            }
            out.println(told);
        }
    }

    private static int sendOld(String url, String authorization, byte[] body, int timeout) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setConnectTimeout(timeout);
        connection.setReadTimeout(timeout);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Authorization", authorization);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setDoOutput(true);
        connection.getOutputStream().write(body);
        int status = connection.getResponseCode();
        InputStream stream = status < 400 ? connection.getInputStream() : connection.getErrorStream();
        if (stream != null) {
            stream.readAllBytes();
            stream.close();
        }
        return status;
    }

    private static Sender newClient() {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return (url, authorization, body, timeout) -> {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(Duration.ofMillis(timeout))
                    .header("Authorization", authorization)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray()).statusCode();
        };
    }
}
