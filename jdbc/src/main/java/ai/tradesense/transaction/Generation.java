package ai.tradesense.transaction;

import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;

/// One set of tables of a [Projection]. A rebuild makes the next one and leaves the live one to the readers
/// until the end.
///
/// @param projection the name of the projection
/// @param number counts up from 1
/// @param version of the projection that made it
public record Generation(String projection, int number, int version) {
    /// The generation that readers read, asked by a connection of theirs. To be asked for each time: after a
    /// rebuild has ended it is another one, and the tables of this one are dropped a minute later.
    ///
    /// @throws StoreException if the database refuses, or the projection was never started on it
    public static Generation live(String projection, Connection connection) {
        try {
            return ProjectionRows.of(projection, connection).live().generation();
        } catch (SQLException failure) {
            throw new StoreException("the live generation of " + projection + " could not be looked up", failure);
        }
    }

    /// What a table is called in this generation, such as `balances_g3`.
    ///
    /// @throws IllegalArgumentException if the name is more than a plain one, with a schema before it or not
    public String table(String name) {
        return Database.plainName(name) + "_g" + number;
    }
}
