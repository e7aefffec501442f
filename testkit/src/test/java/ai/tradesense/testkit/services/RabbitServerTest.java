package ai.tradesense.testkit.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class RabbitServerTest {
    @Test
    void what_was_made_survives_a_kill_and_goes_when_it_is_closed() {
        RabbitServer rabbit = RabbitServer.with();
        try (rabbit) {
            VirtualHost virtualHost = rabbit.virtualHost();
            rabbit.administer("PUT", "/queues/" + virtualHost.name() + "/kept", "{\"durable\":true}");

            rabbit.restart();
            rabbit.virtualHost().close(); // management answers

            assertThat(rabbit.administer("GET", "/queues/" + virtualHost.name() + "/kept", ""))
                    .contains("\"durable\":true");
            virtualHost.close();
            assertThatThrownBy(() -> rabbit.administer("GET", "/queues/" + virtualHost.name() + "/kept", ""))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("404");
        }
        rabbit.close();
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), rabbit.port()).close())
                .isInstanceOf(IOException.class);
    }

    @Test
    void a_server_that_cannot_start_says_why() {
        assertThatThrownBy(() -> RabbitServer.with("heartbeat = often"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("failed_to_prepare_configuration");
    }
}
