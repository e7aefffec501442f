package ai.tradesense.rabbitmq;

import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import java.time.Duration;
import org.awaitility.Awaitility;

/// A broker that the tests of a class break one after the other, each with a virtual host of its own: when a
/// test is done with it, it runs again and has nothing of that test any more.
final class BrokenInTurn implements Broker {
    private final Broker broker;
    private final VirtualHost virtualHost;
    private boolean killed;

    /// @param broker the server of the virtual host, or its side for streams
    BrokenInTurn(Broker broker, VirtualHost virtualHost) {
        this.broker = broker;
        this.virtualHost = virtualHost;
    }

    /// With the queues of the virtual host.
    static BrokenInTurn queues(VirtualHost virtualHost) {
        return new BrokenInTurn(virtualHost.server(), virtualHost);
    }

    /// With its streams.
    static BrokenInTurn streams(VirtualHost virtualHost) {
        return new BrokenInTurn(virtualHost.server().streams(), virtualHost);
    }

    @Override
    public int port() {
        return broker.port();
    }

    @Override
    public void start() {
        broker.start();
        killed = false;
    }

    @Override
    public void kill() {
        killed = true;
        broker.kill();
    }

    @Override
    public void freeze() {
        broker.freeze();
    }

    @Override
    public void thaw() {
        broker.thaw();
    }

    @Override
    public void close() {
        if (killed) {
            start();
        }
        Awaitility.await("management to answer")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> {
                    virtualHost.close();
                    return true;
                });
    }
}
