package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Something that a writer makes durable for somebody who waits. May be applied a second time: if a commit
/// fails that several share, each is tried alone.
abstract sealed class Write permits Append, Change, GroupJoin {
    private final CompletableFuture<@Nullable StoreException> outcome = new CompletableFuture<>();

    /// How many events it brings.
    int events() {
        return 0;
    }

    /// How much memory it holds.
    long bytes() {
        return 0;
    }

    /// The transaction is durable. Called by the writer's thread, must not fail.
    void committed() {}

    final void succeed() {
        outcome.complete(null);
    }

    final void fail(StoreException failure) {
        outcome.complete(failure);
    }

    /// Waits until this is durable. Not ended by an interrupt, because the outcome would not be known.
    ///
    /// @throws StoreException if it has not become durable, or that is not known
    final void await() {
        StoreException failure = outcome.join();
        if (failure != null) {
            throw new StoreException(String.valueOf(failure.getMessage()), failure);
        }
    }
}
