package ai.tradesense.desk.prices;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads bars from a CSV file with the columns `Time,Open,High,Low,Close,Volume`, oldest first. `Time` is when the
/// bar began, as `yyyy-MM-dd HH:mm:ss` in UTC. Periods without trade, such as weekends, may be left out.
public final class Prices {
    /// The most bars that a file may have.
    public static final int MAX_BARS = 1_000_000;

    private static final List<String> COLUMNS = List.of("Time", "Open", "High", "Low", "Close", "Volume");
    private static final String BYTE_ORDER_MARK = "\ufeff";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,8})?");

    private final Path file;
    private final List<Bar> bars = new ArrayList<>();

    private Prices(Path file) {
        this.file = file;
    }

    /// The bars of a file.
    ///
    /// @throws PriceFileException if it cannot be read, or a line is not a bar or not later than the one before
    public static List<Bar> read(Path file) {
        return new Prices(file).read();
    }

    private List<Bar> read() {
        try (CsvReader<CsvRecord> reader = CsvReader.builder()
                .skipEmptyLines(false)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE) // ours to complain about, with the file's name
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .ofCsvRecord(Files.newBufferedReader(file))) {
            boolean header = true;
            for (CsvRecord line : reader) {
                if (header) {
                    requireHeader(line);
                    header = false;
                } else {
                    add(line);
                }
            }
            if (header) {
                throw new PriceFileException(file, "is empty, expected " + String.join(",", COLUMNS), null);
            }
        } catch (NoSuchFileException failure) {
            throw new PriceFileException(file, "does not exist", failure);
        } catch (IOException | UncheckedIOException | CsvParseException failure) {
            throw unreadable(failure);
        }
        if (bars.isEmpty()) {
            throw new PriceFileException(file, "has a header and no bars, expected at least one", null);
        }
        return List.copyOf(bars);
    }

    private PriceFileException unreadable(Exception failure) {
        Throwable reason = failure.getCause() instanceof IOException inside ? inside : failure;
        return new PriceFileException(
                file,
                reason instanceof CharacterCodingException
                        ? "is not text in UTF-8"
                        : "cannot be read: " + reason.getMessage(),
                failure);
    }

    private void requireHeader(CsvRecord line) {
        String header = String.join(",", line.getFields());
        if (header.startsWith(BYTE_ORDER_MARK)) {
            header = header.substring(BYTE_ORDER_MARK.length());
        }
        if (!header.equals(String.join(",", COLUMNS))) {
            throw new PriceFileException(
                    file,
                    line.getStartingLineNumber(),
                    null,
                    "is '" + header + "', expected the header " + String.join(",", COLUMNS));
        }
    }

    private void add(CsvRecord line) {
        if (line.getFieldCount() == 1 && line.getField(0).isEmpty()) {
            throw problem(line, null, "is empty, expected a bar");
        }
        if (line.getFieldCount() != COLUMNS.size()) {
            throw problem(line, null, "has " + line.getFieldCount() + " fields, expected " + COLUMNS.size());
        }
        if (bars.size() == MAX_BARS) {
            throw problem(line, null, "is one bar more than the " + MAX_BARS + " allowed");
        }
        Instant time = time(line);
        BigDecimal open = price(line, 1);
        BigDecimal high = price(line, 2);
        BigDecimal low = price(line, 3);
        BigDecimal close = price(line, 4);
        BigDecimal volume = number(line, 5);
        if (high.compareTo(open.max(close).max(low)) < 0) {
            throw problem(line, "High", "is " + high + ", which is below another price of the line");
        }
        if (low.compareTo(open.min(close)) > 0) {
            throw problem(line, "Low", "is " + low + ", which is above another price of the line");
        }
        bars.add(new Bar(time, open, high, low, close, volume));
    }

    private Instant time(CsvRecord line) {
        Instant time;
        try {
            time = LocalDateTime.parse(line.getField(0), TIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException failure) {
            throw problem(
                    line,
                    "Time",
                    line.getField(0).isEmpty()
                            ? "is empty, expected a time such as 2017-04-19 09:00:00"
                            : "is '" + line.getField(0) + "', expected a time such as 2017-04-19 09:00:00");
        }
        if (!bars.isEmpty() && !time.isAfter(bars.getLast().time())) {
            throw problem(line, "Time", "is '" + line.getField(0) + "', which is not after the line before");
        }
        return time;
    }

    private BigDecimal price(CsvRecord line, int column) {
        BigDecimal price = number(line, column);
        if (price.signum() == 0) {
            throw problem(line, COLUMNS.get(column), "is " + line.getField(column) + ", expected more than 0");
        }
        return price;
    }

    private BigDecimal number(CsvRecord line, int column) {
        String field = line.getField(column);
        if (field.isEmpty()) {
            throw problem(line, COLUMNS.get(column), "is empty, expected a number");
        }
        if (!NUMBER.matcher(field).matches()) {
            throw problem(
                    line, COLUMNS.get(column), "is '" + field + "', expected a number such as 1.07219, without sign");
        }
        return new BigDecimal(field);
    }

    private PriceFileException problem(CsvRecord line, @Nullable String column, String problem) {
        return new PriceFileException(file, line.getStartingLineNumber(), column, problem);
    }
}
