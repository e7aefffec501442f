package ai.tradesense.testkit.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Before a server that answers each byte with itself.
class FaultyProxyTest {
    private final List<Integer> received = new CopyOnWriteArrayList<>();
    private ServerSocket echo;
    private FaultyProxy proxy;

    @BeforeEach
    void open() throws IOException {
        echo = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
        proxy = new FaultyProxy(echo.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        echo.close();
    }

    private void accept() {
        while (!echo.isClosed()) {
            try {
                Socket socket = echo.accept();
                Thread.ofVirtual().start(() -> echo(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void echo(Socket socket) {
        try (socket) {
            for (int read = socket.getInputStream().read();
                    read >= 0;
                    read = socket.getInputStream().read()) {
                received.add(read);
                socket.getOutputStream().write(read);
            }
        } catch (IOException reset) {
            // The test wanted it.
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(500);
        return socket;
    }

    private static int ask(Socket socket, int value) throws IOException {
        socket.getOutputStream().write(value);
        return socket.getInputStream().read();
    }

    private void awaitReceived(int value) {
        Awaitility.await().until(() -> received.contains(value));
    }

    @Test
    void when_it_is_closed_its_port_is_free_for_another_one() {
        int port = proxy.port();
        proxy.close();
        for (int turn = 0; turn < 50; turn++) {
            new FaultyProxy(port, echo.getLocalPort()).close();
        }
    }

    @Test
    void bytes_pass_while_nothing_is_wrong() throws IOException {
        try (Socket socket = connect()) {
            assertThat(ask(socket, 1)).isEqualTo(1);
            assertThat(proxy.connections()).isEqualTo(1);
        }
    }

    @Test
    void a_reset_breaks_the_connections_that_are_there_and_no_others() throws IOException {
        try (Socket before = connect()) {
            ask(before, 1);
            proxy.reset();
            assertThatThrownBy(() -> ask(before, 2)).isInstanceOf(SocketException.class);
        }
        try (Socket next = connect()) {
            assertThat(ask(next, 3)).isEqualTo(3);
        }
    }

    @Test
    void a_half_open_connection_is_silent_and_stays_so() throws IOException {
        try (Socket socket = connect()) {
            ask(socket, 1);
            proxy.halfOpen();
            assertThatThrownBy(() -> ask(socket, 2)).isInstanceOf(SocketTimeoutException.class);

            proxy.heal();
            assertThatThrownBy(() -> ask(socket, 3)).isInstanceOf(SocketTimeoutException.class);
            assertThat(received).containsExactly(1);
        }
        try (Socket next = connect()) {
            assertThat(ask(next, 4)).isEqualTo(4);
        }
    }

    @Test
    void requests_are_lost_before_the_server_and_replies_behind_it() throws IOException {
        try (Socket socket = connect()) {
            ask(socket, 1);
            proxy.loseRequests();
            assertThatThrownBy(() -> ask(socket, 2)).isInstanceOf(SocketTimeoutException.class);
            assertThat(received).containsExactly(1);
        }
        proxy.heal();
        try (Socket socket = connect()) {
            ask(socket, 3);
            proxy.loseReplies();
            assertThatThrownBy(() -> ask(socket, 4)).isInstanceOf(SocketTimeoutException.class);
            awaitReceived(4);
        }
    }

    @Test
    void a_lost_reply_is_to_a_request_that_was_applied() throws IOException {
        try (Socket socket = connect()) {
            ask(socket, 1);
            proxy.loseNextReply();
            assertThatThrownBy(() -> {
                        if (ask(socket, 2) < 0) {
                            throw new SocketException("closed");
                        }
                    })
                    .isInstanceOf(SocketException.class);
            awaitReceived(2);
        }
    }

    @Test
    void latency_delays_both_ways() throws IOException {
        proxy.delay(Duration.ofMillis(60));
        try (Socket socket = connect()) {
            long from = System.nanoTime();
            assertThat(ask(socket, 1)).isEqualTo(1);
            assertThat(Duration.ofNanos(System.nanoTime() - from)).isGreaterThanOrEqualTo(Duration.ofMillis(120));
        }
    }

    @Test
    void new_connections_are_refused_until_it_is_healed() throws IOException {
        proxy.refuse();
        assertThatThrownBy(() -> {
                    try (Socket socket = connect()) {
                        if (ask(socket, 1) < 0) {
                            throw new SocketException("closed");
                        }
                    }
                })
                .isInstanceOf(SocketException.class);

        proxy.heal();
        try (Socket socket = connect()) {
            assertThat(ask(socket, 2)).isEqualTo(2);
        }
    }
}
