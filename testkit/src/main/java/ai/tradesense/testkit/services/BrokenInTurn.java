package ai.tradesense.testkit.services;

/// A broker that several tests break one after the other, as one of them sees it: when it is done, the broker goes on.
/// Each test has to see to it that it does not meet what others left in there.
public class BrokenInTurn implements Broker {
    private final Broker broker;
    private final int port;
    private boolean killed;
    private boolean frozen;

    /// @param broker runs, and is closed by whoever started it
    public BrokenInTurn(Broker broker) {
        this(broker, broker.port());
    }

    /// @param port at which this test comes to it, if it listens at several
    public BrokenInTurn(Broker broker, int port) {
        this.broker = broker;
        this.port = port;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void start() {
        broker.start();
        killed = false;
    }

    @Override
    public void kill() {
        killed = true;
        frozen = false;
        broker.kill();
    }

    @Override
    public void freeze() {
        frozen = true;
        broker.freeze();
    }

    @Override
    public void thaw() {
        broker.thaw();
        frozen = false;
    }

    /// Starts it if it was killed and thaws it if it was frozen.
    @Override
    public void close() {
        if (killed) {
            start();
        }
        if (frozen) {
            thaw();
        }
    }
}
