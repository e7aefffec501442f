package ai.tradesense.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.EventWorker;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Proves that the simulation finds bugs: platforms that are broken on purpose, each in a way that real ones have been,
/// do not survive it, and the invariant that notices is the one that should.
final class BrokenVariantsTest {
    /// Within so many seeds each of them is found.
    private static final long SEEDS = 300;

    private static Experiment transport(UnaryOperator<Transport> broken) {
        return transport((_, transport) -> broken.apply(transport));
    }

    /// @param broken makes the transport of an instance, by its name
    private static Experiment transport(BiFunction<String, Transport, Transport> broken) {
        return Experiment.USUAL.with(new Wiring() {
            @Override
            public Transport transport(String instance, Transport transport) {
                return broken.apply(instance, transport);
            }
        });
    }

    private static Experiment parking(UnaryOperator<ParkingStore> broken) {
        return Experiment.USUAL.with(new Wiring() {
            @Override
            public ParkingStore parking(ParkingStore parking) {
                return broken.apply(parking);
            }
        });
    }

    private static Experiment worker(UnaryOperator<EventWorker> broken) {
        return Experiment.USUAL.with(new Wiring() {
            @Override
            public EventWorker worker(EventWorker worker) {
                return broken.apply(worker);
            }
        });
    }

    /// The first run that the experiment does not survive.
    private static SimulationFailure firstFailure(Experiment experiment) {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                Simulation.run(seed, experiment);
            } catch (SimulationFailure failure) {
                return failure;
            }
        }
        return fail("no seed below %s finds it", SEEDS);
    }

    private static void assertFoundBy(Invariant invariant, Experiment experiment) {
        SimulationFailure failure = firstFailure(experiment);

        assertThat(failure.invariant()).as(failure.getMessage()).isEqualTo(invariant);
        assertThat(failure).hasMessageContaining("--seed " + failure.seed());
    }

    @Test
    void acknowledging_before_processing_is_noticed_when_it_happens() {
        assertFoundBy(Invariant.CURSOR, transport(BrokenTransport::settlingWhatIsPolled));
    }

    @Test
    void acknowledging_before_processing_loses_events() {
        assertFoundBy(
                Invariant.LOST,
                transport(BrokenTransport::settlingWhatIsPolled).ignoring(Invariant.CURSOR, Invariant.ORDER));
    }

    @Test
    void committing_the_polled_position_is_noticed_when_it_happens() {
        assertFoundBy(Invariant.CURSOR, transport(BrokenTransport::committingThePolledPosition));
    }

    @Test
    void committing_the_polled_position_loses_events() {
        assertFoundBy(
                Invariant.LOST,
                transport(BrokenTransport::committingThePolledPosition).ignoring(Invariant.CURSOR, Invariant.ORDER));
    }

    @Test
    void settling_before_parking_is_durable_is_noticed_when_it_happens() {
        assertFoundBy(Invariant.CURSOR, parking(BrokenParking::writingLater));
    }

    @Test
    void dropping_a_delivery_lets_others_overtake_it_and_never_comes_to_rest() {
        Experiment dropping = transport(BrokenTransport::droppingOneInTwenty);

        assertFoundBy(Invariant.ORDER, dropping.ignoring(Invariant.REST));
        assertFoundBy(Invariant.REST, dropping.ignoring(Invariant.ORDER));
    }

    @Test
    void taking_a_duplicate_for_a_new_event_has_its_effect_twice() {
        assertFoundBy(Invariant.EFFECTS, transport(BrokenTransport::deliveringTwice));
    }

    @Test
    void delivering_what_nobody_published_is_unexpected() {
        assertFoundBy(
                Invariant.UNEXPECTED,
                transport(BrokenTransport::inventingEvents).ignoring(Invariant.CURSOR));
    }

    @Test
    void swapping_events_of_a_subject_breaks_their_order() {
        assertFoundBy(Invariant.ORDER, transport(BrokenTransport::deliveringNewestFirst));
    }

    @Test
    void releasing_followers_early_breaks_the_order() {
        assertFoundBy(Invariant.ORDER, parking(BrokenParking::bringingFollowersFirst));
    }

    @Test
    void forgetting_parked_subjects_on_assignment_lets_others_overtake_them_or_leaves_them_waiting() {
        assertThat(firstFailure(parking(BrokenParking::forgettingWhoWaits)).invariant())
                .isIn(Invariant.ORDER, Invariant.REST);
    }

    @Test
    void giving_up_too_early_is_the_wrong_place() {
        assertFoundBy(
                Invariant.PLACE,
                parking(BrokenParking::buryingInsteadOfRetrying).ignoring(Invariant.ORDER));
    }

    @Test
    void processing_what_a_store_will_not_let_go_of_leaves_it_in_two_places() {
        assertThat(firstFailure(parking(BrokenParking::neverCompleting)).invariant())
                .isIn(Invariant.EFFECTS, Invariant.PLACE, Invariant.REST);
    }

    @Test
    void acknowledging_all_of_a_batch_of_which_one_failed_is_noticed_when_it_happens() {
        assertFoundBy(Invariant.CURSOR, worker(BrokenBatches::acknowledgingAllAlthoughOneFailed));
    }

    @Test
    void acknowledging_all_of_a_batch_of_which_one_failed_loses_events() {
        assertFoundBy(
                Invariant.LOST,
                worker(BrokenBatches::acknowledgingAllAlthoughOneFailed).ignoring(Invariant.CURSOR, Invariant.ORDER));
    }

    @Test
    void processing_a_batch_newest_first_breaks_the_order() {
        assertFoundBy(Invariant.ORDER, worker(BrokenBatches::processingNewestFirst));
    }

    @Test
    void publishing_a_tick_under_an_id_of_the_instance_runs_it_twice() {
        assertFoundBy(Invariant.EFFECTS, transport(BrokenTransport::tickingUnderIdsOfItsOwn));
    }

    @Test
    void dropping_ticks_that_were_noted_loses_them() {
        assertFoundBy(Invariant.LOST, transport(BrokenTransport::sendingNoTicks));
    }

    @Test
    void working_on_a_partition_that_was_lost_is_stale() {
        assertFoundBy(Invariant.STALE, transport(BrokenTransport::hidingLosses).exposedTo(Set.of(Hazard.MOVES)));
    }

    @Test
    void changing_what_is_parked_on_a_partition_that_another_works_on_is_stale() {
        assertFoundBy(
                Invariant.STALE,
                parking(BrokenParking::withoutSessions).exposedTo(Set.of(Hazard.MOVES, Hazard.TAKEN_AWAY)));
    }
}
