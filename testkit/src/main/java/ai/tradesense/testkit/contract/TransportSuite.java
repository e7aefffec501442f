package ai.tradesense.testkit.contract;

import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The bench on which a transport stands while [TransportContract] tests it: how it is opened, and what it
/// declares.
abstract class TransportSuite {
    static final int MAX_IN_FLIGHT = 10_000;

    final EventFactory events = new EventFactory();
    private @Nullable Transport transport;

    /// Opens the transport: on nothing at first in each test, later in the same test on what it left behind.
    protected abstract Transport open() throws Exception;

    /// Closes the transport and whatever [#open] opened with it.
    protected void close(Transport opened) throws Exception {
        opened.close();
    }

    /// What the transport declares of itself.
    protected abstract Set<TransportTrait> traits();

    /// How many events may be unsettled before publishers wait; asked of a [TransportTrait#BOUNDED] transport
    /// only. The tests need 256 or more, and are quick if it is not much more.
    protected int capacity() {
        throw new UnsupportedOperationException("a bounded transport must say its capacity");
    }

    /// How long the tests wait at most for what has to happen.
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    @BeforeEach
    void openFirst() throws Exception {
        transport = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        Transport last = transport;
        if (last != null) {
            close(last);
        }
    }

    Transport transport() {
        Transport opened = transport;
        if (opened == null) {
            throw new IllegalStateException("the transport is not open");
        }
        return opened;
    }

    /// Closes the transport and opens it again.
    void restart() throws Exception {
        close(transport());
        transport = null;
        transport = open();
    }

    boolean has(TransportTrait trait) {
        return traits().contains(trait);
    }

    /// Joins a group that starts at the beginning and wants everything.
    Member join(String group) {
        return join(group, StartFrom.BEGINNING);
    }

    Member join(String group, StartFrom startFrom, String... domains) {
        return new Member(
                transport(), new GroupMembership(group, Set.of(domains), startFrom, MAX_IN_FLIGHT), patience());
    }
}
