#!/usr/bin/env bash
# OkHttp 3.13.1 (Debian 12: libokhttp-java 3.13.1-3) sends a POST again, by itself, although the
# server has read all of it and the connection was a new one, if the name has a second address: a
# connection that ends without an answer counts as "try the next address". With one address the same
# POST is sent once. On a kept connection it is sent three times: as kept, anew, to the other address.
# retryOnConnectionFailure, on by default, is said to be about addresses that cannot be reached and
# kept connections that have gone stale.
# Needs Debian 12, apt-get and a JDK; tried with OpenJDK 17.0.15.
set -euo pipefail

cd "$(mktemp -d)"
apt-get download -qq libokhttp-java=3.13.1-3 libokio-java=1.16.0-2
for package in ./*.deb; do dpkg -x "$package" .; done

cat > Probe.java <<'JAVA'
import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.*;
import okhttp3.*;

public class Probe {
    static final List<String> seen = new CopyOnWriteArrayList<>();
    static final int PORT = 18471;

    /** Reads each request to its end; answers "/", closes on anything else. */
    static void serve(Socket socket) {
        try (socket) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            for (String line; (line = in.readLine()) != null; ) {
                boolean isAnswered = line.startsWith("POST / ");
                int length = 0;
                for (String header; !(header = in.readLine()).isEmpty(); )
                    if (header.toLowerCase().startsWith("content-length:"))
                        length = Integer.parseInt(header.substring(15).trim());
                for (; length > 0; length--) in.read();
                if (!isAnswered) {
                    seen.add(socket.getLocalAddress().getHostAddress());
                    return;
                }
                String answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                socket.getOutputStream().write(answer.getBytes());
            }
        } catch (IOException closed) {
        }
    }

    static void listen(InetAddress address) throws IOException {
        ServerSocket server = new ServerSocket(PORT, 50, address);
        Thread thread = new Thread(() -> {
            try {
                for (;;) {
                    Socket socket = server.accept();
                    new Thread(() -> serve(socket)).start();
                }
            } catch (IOException closed) {
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    static void post(OkHttpClient client, String path) {
        RequestBody body = RequestBody.create(MediaType.parse("text/plain"), "once");
        String url = "http://shop.example:" + PORT + path;
        try {
            client.newCall(new Request.Builder().url(url).post(body).build()).execute().close();
        } catch (IOException expected) {
        }
    }

    public static void main(String[] arguments) throws Exception {
        InetAddress one = InetAddress.getByName("127.0.0.1");
        InetAddress two = InetAddress.getByName("127.0.0.2");
        listen(one);
        listen(two);
        for (List<InetAddress> addresses : List.of(List.of(one), List.of(one, two)))
            for (boolean isKept : new boolean[] {false, true}) {
                OkHttpClient client = new OkHttpClient.Builder().dns(name -> addresses).build();
                if (isKept) post(client, "/");
                seen.clear();
                post(client, "/broken");
                String connection = isKept ? "kept" : "new";
                System.out.println(addresses.size() + " address(es), " + connection + ": " + seen);
            }
        System.exit(0);
    }
}
JAVA
java -cp usr/share/java/okhttp.jar:usr/share/java/okio.jar Probe.java > seen
cat seen
diff seen - <<'SEEN'
1 address(es), new: [127.0.0.1]
1 address(es), kept: [127.0.0.1, 127.0.0.1]
2 address(es), new: [127.0.0.1, 127.0.0.2]
2 address(es), kept: [127.0.0.1, 127.0.0.1, 127.0.0.2]
SEEN
echo 'as described: a POST that was read is sent again, to the next address of the name'
