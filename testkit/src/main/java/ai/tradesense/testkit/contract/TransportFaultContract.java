package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a [Transport] to a broker of its own process must do when the broker, the way to it or a consumer
/// breaks: lose nothing, bring nothing that was not sent, keep the order of each subject, and go on by
/// itself. Extend it beside [TransportContract].
///
/// The broker is to be as durable as it can be, and the transport to wait for an answer no longer than a
/// second or two, or each of these tests takes long.
public abstract class TransportFaultContract {
    private static final int SOME = 200;

    private final EventFactory events = new EventFactory();
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
    private @Nullable Broker broker;
    private @Nullable FaultyProxy proxy;
    private @Nullable Transport transport;
    private @Nullable Traffic traffic;

    /// Starts a broker in which the transport finds nothing. It is closed when the test is over; tests of a class may
    /// share one as a [BrokenInTurn].
    protected abstract Broker startBroker() throws Exception;

    /// Stands on the way to the broker.
    protected FaultyProxy proxyBefore(Broker started) {
        return new FaultyProxy(started.port());
    }

    /// Opens a transport to what listens on this port of the loopback address; several may be open at once.
    protected abstract Transport open(int port) throws Exception;

    /// What the transport declares of itself.
    protected abstract Set<FaultTrait> traits();

    /// How long the tests wait at most for what has to happen.
    protected Duration patience() {
        return Duration.ofSeconds(60);
    }

    @BeforeEach
    void begin() throws Exception {
        Broker started = opened(startBroker());
        FaultyProxy before = opened(proxyBefore(started));
        broker = started;
        proxy = before;
        transport = opened(open(before.port()));
        traffic = opened(new Traffic(events, patience()));
    }

    private <T extends AutoCloseable> T opened(T resource) {
        toClose.push(resource);
        return resource;
    }

    @AfterEach
    void end() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
    }

    private Broker broker() {
        return there(broker);
    }

    private FaultyProxy proxy() {
        return there(proxy);
    }

    private Transport transport() {
        return there(transport);
    }

    private Traffic traffic() {
        return there(traffic);
    }

    private static <T> T there(@Nullable T resource) {
        if (resource == null) {
            throw new IllegalStateException("the test has not begun");
        }
        return resource;
    }

    /// Two publishers and a consumer, past their beginning.
    private Traffic flowing() {
        traffic().consume(transport());
        traffic().publish(transport());
        traffic().publish(transport());
        traffic().flows(SOME);
        return traffic();
    }

    @Test
    void a_broker_that_is_killed_and_started_again_loses_nothing() throws Exception {
        Traffic traffic = flowing();
        for (int round = 0; round < 2; round++) {
            broker().kill();
            traffic.awaitPublishFailure();
            broker().start();
            traffic.flows(SOME);
        }
        traffic.endAndCheck();
    }

    @Test
    void a_broker_that_freezes_and_goes_on_loses_nothing() throws Exception {
        Traffic traffic = flowing();
        broker().freeze();
        traffic.awaitPublishFailure();
        broker().thaw();
        traffic.flows(SOME);
        traffic.endAndCheck();
    }

    @Test
    void connections_that_are_reset_are_made_again() throws Exception {
        Traffic traffic = flowing();
        for (int round = 0; round < 5; round++) {
            proxy().reset();
            traffic.flows(SOME);
        }
        traffic.endAndCheck();
    }

    @Test
    void a_network_that_is_down_for_a_while_loses_nothing() throws Exception {
        Traffic traffic = flowing();
        proxy().refuse();
        traffic.awaitPublishFailure();
        traffic.awaitPublishFailure();
        proxy().heal();
        traffic.flows(SOME);
        traffic.endAndCheck();
    }

    @Test
    void connections_on_which_nothing_arrives_any_more_are_noticed() throws Exception {
        Traffic traffic = flowing();
        proxy().halfOpen();
        traffic.awaitPublishFailure();
        proxy().heal();
        traffic.flows(SOME);
        traffic.endAndCheck();
    }

    @Test
    void requests_that_are_lost_on_the_way_are_noticed() throws Exception {
        Traffic traffic = flowing();
        proxy().loseRequests();
        traffic.awaitPublishFailure();
        proxy().heal();
        traffic.flows(SOME);
        traffic.endAndCheck();
    }

    @Test
    void answers_that_are_lost_on_the_way_are_noticed() throws Exception {
        Traffic traffic = flowing();
        proxy().loseReplies();
        traffic.awaitPublishFailure();
        proxy().heal();
        traffic.flows(SOME);
        if (traits().contains(FaultTrait.STORES_ONCE)) {
            traffic.endAndCheck();
        } else {
            assertThrows(AssertionError.class, traffic::endAndCheck, "nothing came twice");
        }
    }

    @Test
    void a_slow_network_changes_nothing_but_time() throws Exception {
        Traffic traffic = flowing();
        proxy().delay(Duration.ofMillis(30));
        traffic.flows(SOME);
        proxy().heal();
        traffic.flows(SOME);
        traffic.endAndCheck();
        assertEquals(0, traffic.redelivered(), "events that came again");
    }

    @Test
    void an_event_whose_answer_was_lost_is_there_and_can_be_sent_again() {
        transport().send(List.of(events.order("account"))); // connections are there
        DomainEvent event = events.order("account");
        proxy().loseNextReply();
        if (traits().contains(FaultTrait.ASKS_AGAIN)) {
            assertEquals(List.of(new Published(event.id(), false)), transport().send(List.of(event)));
        } else {
            assertThrows(TransportException.class, () -> transport().send(List.of(event)));
        }

        boolean stored = traits().contains(FaultTrait.STORES_ONCE);
        List<List<Published>> outcome = new ArrayList<>();
        Expect.soon("a sending that succeeds", patience(), () -> {
            try {
                return outcome.add(transport().send(List.of(event)));
            } catch (TransportException notYet) {
                return false;
            }
        });
        assertEquals(List.of(new Published(event.id(), stored)), outcome.getFirst());
    }

    @Test
    void who_shows_no_life_loses_its_partitions_and_is_told() throws Exception {
        Traffic traffic = traffic();
        Traffic.Consumer silent = traffic.consume(transport());
        Transport other = opened(open(broker().port()));
        traffic.publish(other);
        traffic.flows(SOME);
        Traffic.Consumer successor = traffic.consume(other);

        proxy().halfOpen();
        if (traits().contains(FaultTrait.LEASES)) {
            Expect.soon("the loss of all partitions", patience(), () -> silent.owned() == 0 && successor.owned() > 0);
            assertTrue(silent.losses() > 0, "it was not told");
        }
        proxy().heal();
        traffic.flows(SOME);
        traffic.endAndCheck();
    }

    @Test
    void a_broker_that_is_not_there_is_named_when_the_transport_is_opened() throws IOException {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }

        TransportException failure = assertThrows(TransportException.class, () -> opened(open(nobody)));

        assertTrue(
                String.valueOf(failure.getMessage()).contains(Integer.toString(nobody)),
                () -> "it does not say where it looked: " + failure.getMessage());
    }

    @Test
    void its_health_says_when_the_broker_is_gone_and_when_it_is_back() {
        assertTrue(transport().health().available());

        broker().kill();
        Expect.soon("bad health", patience(), () -> {
            TransportHealth health = transport().health();
            return !health.available() && !health.detail().isBlank();
        });

        broker().start();
        Expect.soon("good health", patience(), () -> transport().health().available());
    }

    @Test
    void while_the_broker_is_gone_sending_fails_and_closing_comes_to_an_end() throws Exception {
        traffic().consume(transport());
        transport().send(List.of(events.order("account")));
        broker().kill();

        assertThrows(TransportException.class, () -> transport().send(List.of(events.order("account"))));
        transport().close();

        assertFalse(transport().health().available());
    }
}
