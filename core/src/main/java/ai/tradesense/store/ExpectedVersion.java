package ai.tradesense.store;

/// What is expected of a stream at the moment of an append. The version of a stream is the number of its events,
/// 0 where there is none.
public sealed interface ExpectedVersion {
    /// Whatever the version is; the append extends the stream.
    static ExpectedVersion any() {
        return new Any();
    }

    /// No event yet: the append begins the stream.
    static ExpectedVersion none() {
        return new None();
    }

    /// So many events.
    ///
    /// @param version from 0
    static ExpectedVersion exactly(long version) {
        return new Exactly(version);
    }

    /// Whether a stream of this version is as expected.
    default boolean isMetBy(long version) {
        return switch (this) {
            case Any _ -> true;
            case None _ -> version == 0;
            case Exactly exactly -> version == exactly.version;
        };
    }

    /// See [#any].
    record Any() implements ExpectedVersion {
        @Override
        public String toString() {
            return "any";
        }
    }

    /// See [#none].
    record None() implements ExpectedVersion {
        @Override
        public String toString() {
            return "none";
        }
    }

    /// See [#exactly].
    record Exactly(long version) implements ExpectedVersion {
        public Exactly {
            if (version < 0) {
                throw new IllegalArgumentException("the expected version is " + version + ", versions begin with 0");
            }
        }

        @Override
        public String toString() {
            return Long.toString(version);
        }
    }
}
