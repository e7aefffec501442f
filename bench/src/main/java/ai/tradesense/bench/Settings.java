package ai.tradesense.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Everything that a measurement was made with.
///
/// @param loop how publishers were driven
/// @param rate events per second that fell due; null in a closed loop
/// @param events in one round
/// @param eventBytes mean size of an event as CloudEvents JSON, envelope included
/// @param preparation what was made before the clock ran
/// @param publishers threads that published
/// @param rounds measured rounds
/// @param warmup rounds before those
/// @param garbageCollection when it was asked for
/// @param ours how ours was set up
/// @param heapMiB the most that the heap may take
/// @param jvmFlags as the JVM was given them
/// @param libraries jars that were measured
@JsonInclude(JsonInclude.Include.NON_NULL)
record Settings(
        String loop,
        @Nullable Integer rate,
        int events,
        double eventBytes,
        String preparation,
        int batch,
        int publishers,
        int subjects,
        int rounds,
        int warmup,
        String garbageCollection,
        Map<String, String> ours,
        long heapMiB,
        List<String> garbageCollectors,
        List<String> jvmFlags,
        SortedMap<String, String> libraries) {
    static Settings of(
            Plan plan, double eventBytes, String preparation, Map<String, String> ours, List<Class<?>> measured) {
        return new Settings(
                plan.loop(),
                plan.rate(),
                plan.events(),
                eventBytes,
                preparation,
                plan.batch(),
                plan.publishers(),
                plan.subjects(),
                plan.rounds(),
                plan.warmup(),
                "System.gc() before each round",
                ours,
                Runtime.getRuntime().maxMemory() >> 20,
                ManagementFactory.getGarbageCollectorMXBeans().stream()
                        .map(GarbageCollectorMXBean::getName)
                        .toList(),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                libraries(measured));
    }

    private static SortedMap<String, String> libraries(List<Class<?>> measured) {
        SortedMap<String, String> jars = new TreeMap<>();
        for (Class<?> one : measured) {
            CodeSource source = one.getProtectionDomain().getCodeSource();
            if (source == null) {
                continue;
            }
            String file = String.valueOf(Path.of(source.getLocation().getPath()).getFileName());
            boolean jar = file.endsWith(".jar");
            jars.put(one.getPackageName(), jar ? file.substring(0, file.length() - 4) : "built from source");
        }
        return jars;
    }
}
