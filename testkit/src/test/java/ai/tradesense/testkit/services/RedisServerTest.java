package ai.tradesense.testkit.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RedisServerTest {
    /// One command over a connection of its own, and the first line of the answer.
    private static String ask(int port, String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            return reader.readLine();
        }
    }

    @Test
    void what_was_written_survives_a_kill_and_not_a_clearing() throws IOException {
        try (RedisServer redis = RedisServer.start(RedisServer.Fsync.ALWAYS)) {
            assertThat(ask(redis.port(), "SET key value")).isEqualTo("+OK");

            redis.restart();
            assertThat(ask(redis.port(), "EXISTS key")).isEqualTo(":1");

            redis.stop();
            redis.clear();
            redis.start();
            assertThat(ask(redis.port(), "EXISTS key")).isEqualTo(":0");
        }
    }

    @Test
    void a_frozen_server_does_not_answer_until_it_goes_on() throws IOException {
        try (RedisServer redis = RedisServer.start(RedisServer.Fsync.EVERYSEC)) {
            redis.freeze();
            assertThatThrownBy(() -> ask(redis.port(), "PING")).isInstanceOf(SocketTimeoutException.class);

            redis.thaw();
            assertThat(ask(redis.port(), "PING")).isEqualTo("+PONG");
        }
    }

    @Test
    void a_server_that_cannot_start_says_why() {
        assertThatThrownBy(() -> RedisServer.with("--appendfsync", "sometimes"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("appendfsync");
    }

    @Test
    void nothing_listens_when_it_is_closed() {
        RedisServer redis = RedisServer.start(RedisServer.Fsync.EVERYSEC);
        redis.close();
        redis.close();

        assertThatThrownBy(() -> ask(redis.port(), "PING")).isInstanceOf(IOException.class);
    }
}
