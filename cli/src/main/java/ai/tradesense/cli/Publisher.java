package ai.tradesense.cli;

import ai.tradesense.cli.Api.Answer;
import ai.tradesense.cli.LineReader.Line;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/// Publishes lines in batches, one at a time and in their order. A batch is stored all or none, so one that the server
/// refuses is narrowed down: by the server's pointers, and where it names none by halves, until exactly the bad lines
/// are rejected and all others are published. Not for use by several threads.
final class Publisher {
    private static final String PATH = "/api/v1/events";
    private static final String BATCH = "application/cloudevents-batch+json";

    private final Api api;
    private final Patience patience;
    private final Rejections rejections;
    private long published;
    private long duplicates;

    /// Is told of lines that are not published.
    @FunctionalInterface
    interface Rejections {
        void reject(long line, String reason);
    }

    Publisher(Api api, Patience patience, Rejections rejections) {
        this.api = api;
        this.patience = patience;
        this.rejections = rejections;
    }

    /// How many lines the server took, duplicates included.
    long published() {
        return published;
    }

    /// How many of them it had already.
    long duplicates() {
        return duplicates;
    }

    /// Publishes a batch; on return each line is either published or rejected.
    ///
    /// @throws CommandFailure if the server cannot be used at all; what it has taken until then stays
    void publish(List<Line> batch) throws InterruptedException {
        Deque<List<Line>> left = new ArrayDeque<>();
        left.push(batch);
        while (!left.isEmpty()) {
            List<Line> lines = left.pop();
            Answer answer = patience.ask(() -> api.post(PATH, BATCH, array(lines)));
            switch (answer.status()) {
                case 200, 202 -> count(lines, answer);
                case 400, 413, 422 -> narrow(lines, answer, left);
                default -> throw new Api.Refused(answer.status(), Problem.of(answer.status(), answer.body()));
            }
        }
    }

    private static byte[] array(List<Line> lines) {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        char before = '[';
        for (Line line : lines) {
            array.write(before);
            array.writeBytes(line.bytes());
            before = ',';
        }
        array.write(']');
        return array.toByteArray();
    }

    private void count(List<Line> lines, Answer answer) {
        published += lines.size();
        for (Json event : api.read(answer.body(), PATH).at("events").items()) {
            if (event.at("duplicate").text().equals("true")) {
                duplicates++;
            }
        }
    }

    private void narrow(List<Line> lines, Answer answer, Deque<List<Line>> left) {
        Problem problem = Problem.of(answer.status(), answer.body());
        TreeMap<Integer, String> reasons = new TreeMap<>();
        for (Problem.Finding error : problem.errors()) {
            if (error.index() >= 0 && error.index() < lines.size()) {
                reasons.merge(error.index(), error.inEvent(), (one, other) -> one + "; " + other);
            }
        }
        if (reasons.isEmpty() && lines.size() == 1) {
            reasons.put(0, problem.detail());
        }
        if (reasons.isEmpty()) {
            int half = lines.size() / 2;
            left.push(lines.subList(half, lines.size()));
            left.push(lines.subList(0, half));
            return;
        }
        reasons.forEach((index, reason) -> rejections.reject(lines.get(index).number(), reason));
        List<Line> rest = new ArrayList<>(lines.size() - reasons.size());
        for (int index = 0; index < lines.size(); index++) {
            if (!reasons.containsKey(index)) {
                rest.add(lines.get(index));
            }
        }
        if (!rest.isEmpty()) {
            left.push(rest);
        }
    }
}
