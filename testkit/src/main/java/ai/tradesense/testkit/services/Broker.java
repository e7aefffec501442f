package ai.tradesense.testkit.services;

/// A server that can be mistreated. It starts again on the same port and on what it left behind.
public interface Broker extends AutoCloseable {
    /// Where it listens on the loopback address.
    int port();

    /// Starts it again and waits until it answers.
    void start();

    /// Ends it as `kill -9` does.
    void kill();

    /// Freezes it where it stands: connections stay open and nothing answers.
    void freeze();

    /// Lets it go on.
    void thaw();

    @Override
    void close();
}
