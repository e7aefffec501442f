package ai.tradesense.testkit.services;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// Stands between a client and a server on the loopback address, passes bytes on, and does to them what networks
/// do.
///
/// A connection on which bytes were lost stays as it is for good: a stream cannot go on behind a hole. [#heal] is
/// for connections made from then on, as is a network that works again. Safe for use by several threads.
public final class FaultyProxy implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    /// What happens to bytes.
    private enum Fault {
        NONE,
        /// Nothing arrives on either side; both believe that they are connected.
        HALF_OPEN,
        /// What clients send is lost.
        REQUESTS_LOST,
        /// What the server answers is lost.
        REPLIES_LOST
    }

    private final ServerSocket server;
    private final Thread accepting;
    private volatile int targetPort;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;
    private volatile Fault fault = Fault.NONE;
    private volatile long latencyNanos;

    /// A proxy before a port of the loopback address.
    public FaultyProxy(int targetPort) {
        this(0, targetPort);
    }

    /// The same on a port that is known beforehand, for a server that tells clients where to come.
    public FaultyProxy(int port, int targetPort) {
        this.targetPort = targetPort;
        try {
            this.server = new ServerSocket(port, 128, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        this.accepting = Thread.ofVirtual().name("proxy-" + targetPort).start(this::accept);
    }

    /// Where clients connect to.
    public int port() {
        return server.getLocalPort();
    }

    /// How many connections pass through it.
    public int connections() {
        return connections.size();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (refusing) {
                    abort(client);
                } else {
                    connect(client);
                }
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket client) throws IOException {
        try {
            new Connection(client, new Socket(InetAddress.getLoopbackAddress(), targetPort)).begin();
        } catch (IOException noServer) {
            abort(client);
        }
    }

    /// Resets every connection at once; new ones are let through.
    public void reset() {
        connections.forEach(Connection::abort);
    }

    /// Resets every connection and every new one until [#heal].
    public void refuse() {
        refusing = true;
        reset();
    }

    /// From now on nothing arrives on either side, and nobody is told.
    public void halfOpen() {
        impair(Fault.HALF_OPEN);
    }

    /// From now on what clients send is lost, and nobody is told.
    public void loseRequests() {
        impair(Fault.REQUESTS_LOST);
    }

    /// From now on what the server answers is lost, and nobody is told.
    public void loseReplies() {
        impair(Fault.REPLIES_LOST);
    }

    private void impair(Fault now) {
        fault = now;
        connections.forEach(connection -> connection.fault = now);
    }

    /// Every connection that is there carries one request more; the answer to it is lost and the connection reset.
    /// What was asked for has happened, and the client does not know.
    public void loseNextReply() {
        connections.forEach(Connection::loseNextReply);
    }

    /// New connections lead to another server, as an address does that moves from one machine to another.
    public void leadTo(int port) {
        targetPort = port;
    }

    /// Each chunk of bytes takes this much longer in each direction.
    public void delay(Duration latency) {
        latencyNanos = latency.toNanos();
    }

    /// New connections work again.
    public void heal() {
        fault = Fault.NONE;
        refusing = false;
        latencyNanos = 0;
    }

    private static void abort(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException closed) {
            // There is nothing to be discarded any more.
        }
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Gives its port free, and resets every connection.
    @Override
    public void close() {
        try {
            server.close();
            accepting.join(); // who still waits for a client keeps the port
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        reset();
    }

    private final class Connection {
        private final Socket client;
        private final Socket upstream;
        private volatile Fault fault = FaultyProxy.this.fault;
        private volatile boolean armed; // the answer to the next request is to be lost
        private volatile boolean requestPassed;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void begin() throws IOException {
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            connections.add(this);
            Thread.ofVirtual().name("proxy-requests").start(() -> pump(client, upstream, true));
            Thread.ofVirtual().name("proxy-replies").start(() -> pump(upstream, client, false));
        }

        void loseNextReply() {
            requestPassed = false;
            armed = true;
        }

        private void pump(Socket from, Socket to, boolean requests) {
            byte[] chunk = new byte[CHUNK];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                int length = in.read(chunk);
                while (length >= 0) {
                    if (!requests && armed && requestPassed) {
                        break; // it is applied, and nobody hears of it
                    }
                    await();
                    if (!loses(requests)) {
                        requestPassed |= requests;
                        out.write(chunk, 0, length);
                    }
                    length = in.read(chunk);
                }
            } catch (IOException broken) {
                // As a broken connection shows itself to both sides.
            }
            abort();
        }

        private void await() {
            long due = System.nanoTime() + latencyNanos;
            for (long left = latencyNanos; left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        private boolean loses(boolean requests) {
            return switch (fault) {
                case NONE -> false;
                case HALF_OPEN -> true;
                case REQUESTS_LOST -> requests;
                case REPLIES_LOST -> !requests;
            };
        }

        void abort() {
            if (connections.remove(this)) {
                FaultyProxy.abort(client);
                FaultyProxy.abort(upstream);
            }
        }
    }
}
