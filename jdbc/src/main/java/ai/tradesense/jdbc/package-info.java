/// One append-only log in a database that is transport, event store and place of parked events at once; its way
/// in is [ai.tradesense.jdbc.JdbcLog].
@NullMarked
package ai.tradesense.jdbc;

import org.jspecify.annotations.NullMarked;
