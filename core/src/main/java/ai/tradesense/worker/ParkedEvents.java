package ai.tradesense.worker;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Undecodable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/// Makes the rows of events that must wait.
final class ParkedEvents {
    private ParkedEvents() {}

    static ParkedEvent of(WorkerSpec spec, DomainEvent event, Progress progress, Instant now, List<Failure> failures) {
        boolean quarantined = progress.state() == State.QUARANTINED;
        return new ParkedEvent(
                0,
                spec.group(),
                spec.name(),
                event.orderKey(),
                event.source().toString(),
                event.id(),
                event,
                quarantined ? raw(event) : null,
                quarantined ? CloudEventJson.MEDIA_TYPE : null,
                progress,
                now,
                failures);
    }

    /// What puts a parked event in quarantine: its bytes as they came, or as it would be sent.
    static ParkingChange.Quarantine quarantine(ParkedEvent row, int attempts, Failure failure, Followers followers) {
        byte[] raw = row.raw();
        String contentType = row.contentType();
        DomainEvent event = row.event();
        if (raw == null && event != null) {
            raw = raw(event);
            contentType = CloudEventJson.MEDIA_TYPE;
        }
        return new ParkingChange.Quarantine(
                row.group(), row.sequence(), attempts, failure, followers, raw, contentType);
    }

    private static byte[] raw(DomainEvent event) {
        try {
            return CloudEventJson.write(event.envelope());
        } catch (InvalidEventException unwritable) {
            // Handed over as an object that has no JSON form: its text is all there is.
            return event.envelope().toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    /// What puts a delivery that is no event in quarantine. Its place and its bytes stand for its id: a topic or
    /// stream that is made anew counts its places from the beginning, and what stands there then is something else.
    static ParkingChange quarantined(WorkerSpec spec, Delivery delivery, Instant now) {
        Undecodable undecodable = delivery.undecodable();
        if (undecodable == null) {
            throw new IllegalStateException("a delivery with neither event nor bytes: " + delivery);
        }
        return new ParkingChange.Park(new ParkedEvent(
                0,
                spec.group(),
                spec.name(),
                ParkedEvent.UNKNOWN,
                "undecodable",
                delivery.receipt() + "#" + checksum(undecodable.raw()),
                null,
                undecodable.raw(),
                undecodable.contentType(),
                Progress.given(State.QUARANTINED, 0, now, Followers.RELEASE),
                now,
                List.of(Failure.of(0, now, undecodable.problem()))));
    }

    private static String checksum(byte[] raw) {
        CRC32C checksum = new CRC32C();
        checksum.update(raw);
        return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
}
