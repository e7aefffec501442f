package ai.tradesense.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event that a projection was told to do without, because the store cannot decode it.
///
/// @param position where it stands in the store
/// @param id of the event, if the store knew it
/// @param problem why it could not be decoded
/// @param bytes as they were stored; handed over, not copied
/// @param reason why somebody had it passed over
/// @param at when
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
public record PassedOver(long position, @Nullable String id, String problem, byte[] bytes, String reason, Instant at) {}
