package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.DAY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.aggregate.Aggregate;
import ai.tradesense.aggregate.Repository;
import ai.tradesense.aggregate.Versioned;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.store.StoreException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What aggregates make of streams of which events were removed.
class RetentionStreamsTest {
    @TempDir
    Path folder;

    private KeptLog open(Database database) {
        return new KeptLog(database.url(folder));
    }

    record Total(int amount) {}

    @EventName("Trading.Put.v1")
    record Put(String subject, int amount) implements EventData {}

    private static Aggregate.Builder<Total> totals(String name) {
        return Aggregate.named(name, "Trading", new Total(0))
                .on(Put.class, (total, put) -> new Total(total.amount + put.amount));
    }

    @ParameterizedTest
    @EnumSource
    void an_aggregate_goes_on_from_its_snapshot_and_one_without_is_refused_instead_of_loaded_in_part(
            Database database) {
        try (KeptLog kept = open(database);
                TradeSense tradesense =
                        TradeSense.builder().log(kept.log()).clock(kept.clock).build()) {
            Repository<Total> kind = tradesense.repository(
                    totals("kind").snapshot(Total.class, "total.v1", 5).build());
            Repository<Total> bare = tradesense.repository(totals("bare").build());
            for (int i = 0; i < 7; i++) {
                kind.update("with", total -> List.of(new Put("with", 1)));
                bare.update("without", total -> List.of(new Put("without", 1)));
            }
            kept.clock.advance(DAY.multipliedBy(2));
            assertThat(kept.log().retention().examine(kept.cutoffs()).needed()).isEqualTo(2);
            assertThat(kept.remove(3).events()).isEqualTo(7 + 5);

            assertThat(kind.load("with")).isEqualTo(new Versioned<>(new Total(7), 7));
            assertThat(kind.update("with", total -> List.of(new Put("with", total.amount)))
                            .version())
                    .isEqualTo(8);
            assertThatThrownBy(() -> bare.load("without"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("has no event of version 1 any more")
                    .hasMessageContaining("begins with version 8");
            assertThatThrownBy(() -> bare.update("without", total -> List.of(new Put("without", 1))))
                    .isInstanceOf(StoreException.class);
            Repository<Total> other = tradesense.repository(totals("other").build());
            assertThatThrownBy(() -> other.load("with")).isInstanceOf(StoreException.class);
        }
    }
}
