package ai.tradesense.rabbitmq;

import ai.tradesense.testkit.services.BrokenInTurn;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import java.time.Duration;
import org.awaitility.Awaitility;

/// A broker that the tests of a class break one after the other, each with a virtual host of its own: when a
/// test is done with it, it runs again and has nothing of that test any more.
final class BrokenVirtualHost extends BrokenInTurn {
    private final VirtualHost virtualHost;

    private BrokenVirtualHost(Broker broker, VirtualHost virtualHost) {
        super(broker);
        this.virtualHost = virtualHost;
    }

    /// With the queues of the virtual host.
    static BrokenVirtualHost queues(VirtualHost virtualHost) {
        return new BrokenVirtualHost(virtualHost.server(), virtualHost);
    }

    /// With its streams.
    static BrokenVirtualHost streams(VirtualHost virtualHost) {
        return new BrokenVirtualHost(virtualHost.server().streams(), virtualHost);
    }

    @Override
    public void close() {
        super.close();
        Awaitility.await("management to answer")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> {
                    virtualHost.close();
                    return true;
                });
    }
}
