package ai.tradesense.jdbc;

import ai.tradesense.transport.GroupMembership.StartFrom;
import java.sql.SQLException;
import java.util.OptionalLong;

/// Looks up where a group stands in the SQLite log, and writes down where it begins if it is new.
final class GroupJoin extends Write {
    private final String group;
    private final StartFrom startFrom;
    private volatile long position;

    GroupJoin(String group, StartFrom startFrom) {
        this.group = group;
        this.startFrom = startFrom;
    }

    /// Up to and with which event the group is done.
    long position() {
        return position;
    }

    void apply(SqliteSession session) throws SQLException {
        OptionalLong known = session.positions().find(group);
        position = known.orElse(startFrom == StartFrom.END ? session.appender().head() : 0);
        if (known.isEmpty()) {
            session.positions().put(group, position);
        }
    }
}
