package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;

/// A database as those see it who read from it.
interface ConnectionSource {
    /// What messages call it. Never holds a password.
    String name();

    /// A connection that sees what is committed and changes nothing.
    ///
    /// @throws StoreException if there is none to be had
    Connection openReader();

    /// What to say of a failure.
    StoreException failure(String what, SQLException failure);

    /// Whether a failure may be one of the connection alone, so that another one may do.
    boolean isOfConnection(SQLException failure);
}
