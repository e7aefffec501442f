package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.DAY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionConflictException;
import ai.tradesense.testkit.SteppedRuntime;
import ai.tradesense.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a replay has yet to read is not removed because of its age.
class RetentionDuringReplayTest {
    @TempDir
    Path folder;

    private final List<String> replayed = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void what_a_replay_has_yet_to_read_is_kept_until_it_has_and_no_longer(Database database) {
        try (KeptLog kept = new KeptLog(database.url(folder));
                SteppedRuntime runtime = new SteppedRuntime(kept.clock);
                TradeSense tradesense = platform(kept, runtime)) {
            kept.append("old-", 40);
            runtime.advance(Duration.ofSeconds(5));
            kept.clock.advance(DAY.multipliedBy(2));
            Operation replay = replay(tradesense);
            runtime.advance(Duration.ofSeconds(5));

            KeptLog.Removed removed = kept.remove(100);
            assertThat(removed.events()).isPositive().isLessThan(20);
            assertThat(removed.heldBackBy()).singleElement().satisfies(reader -> {
                assertThat(reader.kind()).isEqualTo(ReaderPosition.Kind.REPLAY);
                assertThat(reader.name()).isEqualTo(replay.id());
            });
            assertThatThrownBy(() -> kept.log()
                            .retention()
                            .forget(ReaderPosition.Kind.REPLAY, replay.id(), "ines", kept.clock.instant()))
                    .isInstanceOf(RetentionConflictException.class)
                    .hasMessageContaining("cancel");

            runtime.advance(Duration.ofMinutes(2));
            Operation ended = tradesense.operations().find(replay.id()).orElseThrow();
            assertThat(ended.state()).isEqualTo(State.COMPLETED);
            assertThat(ended.counts()).isEqualTo(new Counts(0, 0, 20, 0, 0));
            assertThat(replayed).hasSize(20);
            assertThat(kept.remove(100).events() + removed.events()).isEqualTo(20);
            assertThat(kept.log().retention().readers())
                    .extracting(ReaderPosition::kind)
                    .doesNotContain(ReaderPosition.Kind.REPLAY);
        }
    }

    private TradeSense platform(KeptLog kept, SteppedRuntime runtime) {
        TradeSense tradesense = TradeSense.builder()
                .log(kept.log())
                .clock(kept.clock)
                .runtime(runtime)
                .build();
        tradesense.register(Worker.named("balances")
                .on("Trading.*", (event, context) -> {
                    if (context.isReplay()) {
                        replayed.add(event.id());
                    }
                })
                .replayable()
                .build());
        return tradesense;
    }

    private static Operation replay(TradeSense tradesense) {
        return tradesense
                .operations()
                .order(new OperationRequest(
                        OperationKind.REPLAY, Stored.to("balances"), new Pace(List.of(20), 1.0, 1), "alice", "", null));
    }
}
