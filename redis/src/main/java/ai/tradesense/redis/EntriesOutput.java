package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.redis.Entry.Form;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer to XREAD, taken apart without a map and a text per entry.
///
/// In RESP2 it is an array of streams, each an array of its key and an array of entries, each an array of its
/// id and an array of names and values in turn. A stack of counts says where in that one is.
final class EntriesOutput extends CommandOutput<byte[], byte[], List<EntriesOutput.OfStream>> {
    /// What was read of one stream, in order.
    record OfStream(String key, List<Entry> entries) {}

    private static final byte[] FIELD = Entry.FIELD.getBytes(US_ASCII);
    private static final byte[] LOST_FIELD = Entry.LOST_FIELD.getBytes(US_ASCII);

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int IN_STREAM = 2;
    private static final int IN_ENTRY = 4;
    private static final int IN_FIELDS = 5;

    private final int[] left = new int[IN_FIELDS + 1]; // what is still to come at each depth
    private int depth;
    private List<Entry> entries = List.of();
    private @Nullable EntryId id;
    private final List<byte[]> fields = new ArrayList<>(2);

    EntriesOutput() {
        super(ByteArrayCodec.INSTANCE, new ArrayList<>());
    }

    @Override
    public void multi(int count) {
        if (depth == IN_FIELDS) {
            throw new IllegalStateException("an array within the fields of an entry");
        }
        left[++depth] = count;
        if (count <= 0) {
            if (depth == IN_FIELDS) {
                endEntry();
            }
            depth--;
            ended();
        }
    }

    @Override
    public void set(@Nullable ByteBuffer found) {
        ByteBuffer bytes = found == null ? NOTHING.duplicate() : found;
        switch (depth) {
            case IN_STREAM -> {
                entries = new ArrayList<>();
                output.add(new OfStream(UTF_8.decode(bytes).toString(), entries));
            }
            case IN_ENTRY -> id = parseId(bytes);
            case IN_FIELDS -> fields.add(copy(bytes));
            default -> {
                return; // nothing was there
            }
        }
        ended();
    }

    /// One element of the array at this depth has come; arrays that are complete are themselves elements.
    private void ended() {
        while (depth > 0 && --left[depth] <= 0) {
            if (depth == IN_FIELDS) {
                endEntry();
            }
            depth--;
        }
    }

    private void endEntry() {
        EntryId at = id;
        if (at == null) {
            throw new IllegalStateException("an entry without an id");
        }
        Form form = form();
        entries.add(new Entry(at, form == Form.FOREIGN ? protocolForm(fields) : fields.getLast(), form, 0));
        fields.clear();
        id = null;
    }

    private Form form() {
        if (fields.size() != 2) {
            return Form.FOREIGN;
        }
        byte[] name = fields.getFirst();
        return Arrays.equals(name, FIELD) ? Form.EVENT : Arrays.equals(name, LOST_FIELD) ? Form.LOSS : Form.FOREIGN;
    }

    /// The fields as an array of bulk strings: exact, and legible as long as they are.
    private static byte[] protocolForm(List<byte[]> fields) {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.writeBytes(("*" + fields.size() + "\r\n").getBytes(US_ASCII));
        for (byte[] field : fields) {
            form.writeBytes(("$" + field.length + "\r\n").getBytes(US_ASCII));
            form.writeBytes(field);
            form.writeBytes("\r\n".getBytes(US_ASCII));
        }
        return form.toByteArray();
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static EntryId parseId(ByteBuffer ascii) {
        long millis = 0;
        long number = 0;
        while (ascii.hasRemaining()) {
            byte character = ascii.get();
            if (character == '-') {
                millis = number;
                number = 0;
            } else {
                number = number * 10 + (character - '0');
            }
        }
        return new EntryId(millis, number);
    }
}
