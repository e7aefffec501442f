package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.jdbc.StreamIndex.Sealed;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.WrongExpectedVersionException;
import java.util.List;
import java.util.function.Function;

/// What an append expects of a stream; anything at all is no expectation.
///
/// @param known what is known of the stream already, where that helps the writer
record Expectation(OrderKey stream, ExpectedVersion expected, Sealed known) {
    /// What several appends expect.
    static List<Expectation> of(List<StreamAppend> appends, Function<OrderKey, Sealed> known) {
        return appends.stream()
                .filter(append -> !(append.expected() instanceof ExpectedVersion.Any))
                .map(append -> new Expectation(append.stream(), append.expected(), known.apply(append.stream())))
                .toList();
    }

    /// The only version that meets it.
    long version() {
        return switch (expected) {
            case ExpectedVersion.Exactly exactly -> exactly.version();
            case ExpectedVersion.None _ -> 0;
            case ExpectedVersion.Any _ -> throw new IllegalStateException("anything is no expectation");
        };
    }

    WrongExpectedVersionException conflict(long actual) {
        return new WrongExpectedVersionException(stream, expected, actual);
    }
}
