/// The events of a trading operation, one record per type, and [ai.tradesense.catalog.EventCatalog], which knows
/// them all and checks what is published.
///
/// The subject of trading and risk events is the account, of challenge and evaluation events the challenge, and of
/// auth events the user: within one domain everything about it is processed in order.
@NullMarked
package ai.tradesense.catalog;

import org.jspecify.annotations.NullMarked;
