package ai.tradesense.transaction;

import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoredEvent;
import java.sql.Connection;
import java.sql.SQLException;

/// A read model: rows in a database of one's own, SQLite or PostgreSQL, that are made of stored events and of
/// nothing else, so that they can be made anew at any time.
///
/// ```java
/// final class Balances implements Projection {
///     public String name() {
///         return "balances";
///     }
///
///     public void create(Generation generation, Connection connection) throws SQLException {
///         try (Statement statement = connection.createStatement()) {
///             statement.execute("CREATE TABLE " + generation.table("balances") + " (account TEXT …)");
///         }
///     }
///     …
/// ```
///
/// A [Projector] runs it. All methods are called with a connection in a transaction that is the projector's;
/// they neither commit nor roll back. A generation is handed events by one thread at a time, but two
/// generations may be at work at the same time.
public interface Projection {
    /// What it is called: letters, digits and underscores. It stays the same for as long as the tables do.
    String name();

    /// Counts up whenever other rows are made of the same events than before. A projector touches only what its
    /// own version has made; tables of another version have to be rebuilt first.
    default int version() {
        return 1;
    }

    /// Which events are handed over; position, limit and order are not looked at.
    default EventQuery filter() {
        return EventQuery.ALL;
    }

    /// Makes the tables of a generation, under names that [Generation#table] gives.
    void create(Generation generation, Connection connection) throws SQLException;

    /// Drops the tables of a generation, which may be of an older version.
    void drop(Generation generation, Connection connection) throws SQLException;

    /// Changes the rows of a generation as an event says: once for each event, in the order of the positions.
    /// It has no other effects.
    ///
    /// @throws Exception if it cannot; nothing of the event is done, and the projection stands still before it
    ///     until it can
    void apply(StoredEvent event, Generation generation, Connection connection) throws Exception;

    /// What an event leads to beyond the rows, after [#apply] and in the same transaction: an event in an
    /// [Outbox] is written once, something outside the database, such as a mail, happens at least once. Called for
    /// what is appended after the projection was started for the first time, and not again in a rebuild, unless
    /// [#reactsToHistory] says so.
    ///
    /// @throws Exception as [#apply] does
    default void react(StoredEvent event, Generation generation, Connection connection) throws Exception {}

    /// Whether [#react] is called for the events that were there before the projection, and again in each
    /// rebuild.
    default boolean reactsToHistory() {
        return false;
    }
}
