/// The firm behind the desk: its members and its money, and its rules as plain objects that are asked and answer,
/// without a platform around them.
@NullMarked
package ai.tradesense.desk.firm;

import org.jspecify.annotations.NullMarked;
