package ai.tradesense;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/// Names platforms so that no two have the same name, wherever they run: machine and process say where, a number tells
/// those of a process apart, and a number of chance those of several machines. (The first process of every container
/// has the id 1, and several containers may be called alike.) Safe for use by several threads.
final class InstanceNames {
    private static final int MAX_HOST = 63;
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String PROCESS = host() + "-" + ProcessHandle.current().pid() + "-";

    private InstanceNames() {}

    /// A name that no platform had before.
    static String next(RandomGenerator random) {
        return PROCESS + COUNT.incrementAndGet() + "-" + HexFormat.of().toHexDigits(random.nextInt());
    }

    private static String host() {
        String host = System.getenv("HOSTNAME"); // of containers, and no question to the network
        try {
            return shown(host == null ? InetAddress.getLocalHost().getHostName() : host);
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }

    /// A host name as it may stand in a path, a log line and a label, whatever the environment says.
    static String shown(String host) {
        String plain = host.replaceAll("[^A-Za-z0-9._-]", "");
        return plain.isEmpty() ? "localhost" : plain.substring(0, Math.min(plain.length(), MAX_HOST));
    }
}
