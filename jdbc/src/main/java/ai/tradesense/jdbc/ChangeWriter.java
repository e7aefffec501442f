package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;

/// Makes changes durable, one after the other for all who share the database.
interface ChangeWriter {
    /// Hands a change over and waits until it is durable.
    ///
    /// @throws StoreException if it has not become so, or that is not known; or if this is closed
    void execute(Change change);
}
