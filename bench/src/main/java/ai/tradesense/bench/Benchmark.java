package ai.tradesense.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// Runs contenders in turn, A B C A B C, so that whatever else the machine does meets all of them.
final class Benchmark {
    private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();

    private final Round warmUp;
    private final Round round;
    private final Plan plan;
    private final Consumer<String> progress;

    /// @param warmUp as fast as it goes: the JVM's compiler is not done before a million events, and at a fixed rate it
    /// would take the cores from what is measured
    /// @param progress told what is being done
    Benchmark(Round warmUp, Round round, Plan plan, Consumer<String> progress) {
        this.warmUp = warmUp;
        this.round = round;
        this.plan = plan;
        this.progress = progress;
    }

    /// Warms up, then measures; what each contender achieved, in the order given. Warm-up rounds are checked
    /// like any other, but not measured.
    List<Standing> run(List<Contender> contenders) {
        List<List<Outcome>> outcomes = new ArrayList<>();
        contenders.forEach(_ -> outcomes.add(new ArrayList<>()));
        for (int i = 0; i < plan.warmup() + plan.rounds(); i++) {
            boolean warmsUp = i < plan.warmup();
            String name = warmsUp
                    ? "warm-up " + (i + 1) + "/" + plan.warmup()
                    : "round " + (i + 1 - plan.warmup()) + "/" + plan.rounds();
            for (int c = 0; c < contenders.size(); c++) {
                long compiledBefore = COMPILER.getTotalCompilationTime();
                Outcome outcome = (warmsUp ? warmUp : round).run(contenders.get(c));
                outcomes.get(c).add(outcome);
                progress.accept(String.format(
                        Locale.ROOT,
                        "%s  %-36s %,12.0f events/s  %,6d ms of compiling%s",
                        name,
                        contenders.get(c).name(),
                        outcome.eventsPerSecond(),
                        COMPILER.getTotalCompilationTime() - compiledBefore,
                        outcome.isSound() ? "" : "  NOT SOUND"));
            }
        }
        List<Standing> standings = new ArrayList<>();
        for (int c = 0; c < contenders.size(); c++) {
            standings.add(Standing.of(contenders.get(c), outcomes.get(c), plan.warmup()));
        }
        return standings;
    }
}
