package ai.tradesense.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The project's scripts in a folder of their own, on a machine that has only what a test puts there: a PATH of
/// its own, JDKs that write down how they are called, a Maven that builds at once.
final class ScriptFolder {
    private static final Path PROJECT = Path.of("").toAbsolutePath().getParent();
    private static final List<String> TOOLS = List.of(
            "bash",
            "cat",
            "cp",
            "date",
            "dirname",
            "find",
            "head",
            "flock",
            "git",
            "grep",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sleep",
            "stty",
            "tail",
            "touch");

    private final Path home;
    private final Path project;
    private final Path tools;
    private final Path jdks;
    private final Path calls;
    private final Map<String, String> environment = new HashMap<>();

    ScriptFolder(Path home) throws IOException {
        this.home = home;
        this.project = Files.createDirectory(home.resolve("my project"));
        this.tools = Files.createDirectory(home.resolve("tools"));
        this.jdks = Files.createDirectory(home.resolve("jdks"));
        this.calls = home.resolve("calls");
        for (String script : List.of("tradesense", "verify", "scripts/jdk.sh", "scripts/jvm.sh", "scripts/build.sh")) {
            Path copy = project.resolve(script);
            Files.createDirectories(copy.getParent());
            Files.copy(PROJECT.resolve(script), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
        for (String tool : TOOLS) {
            Files.createSymbolicLink(tools.resolve(tool), whereIs(tool));
        }
        script(tools.resolve("id"), "echo 1000");
        for (String module : List.of("cli", "server", "bench")) {
            source(module + "/pom.xml");
            source(module + "/src/main/java/A.java");
        }
        source("pom.xml");
        environment.put("PATH", tools.toString());
        environment.put("HOME", home.toString());
        environment.put("TRADESENSE_JDK_FOLDERS", jdks.toString());
    }

    private static Path whereIs(String tool) {
        for (String folder : System.getenv("PATH").split(":", -1)) {
            Path file = Path.of(folder, tool);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        throw new IllegalStateException("this machine has no " + tool);
    }

    Path project() {
        return project;
    }

    Path jdks() {
        return jdks;
    }

    ScriptFolder with(String variable, Path value) {
        environment.put(variable, value.toString());
        return this;
    }

    /// A JDK of a version; what its java is called with is written down, and then it does what `then` says.
    Path jdk(String name, String version, String then) throws IOException {
        Path jdk = jdks.resolve(name);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(
                jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\nOS_ARCH=\"x\"\n");
        script(jdk.resolve("bin/javac"), "exit 1");
        script(
                jdk.resolve("bin/java"),
                "case \"$*\" in *AOTCacheOutput*) exit 1;; esac\n{ echo java " + name
                        + "; printf '  %s\\n' \"$@\"; } >>'" + calls + "'\n" + then);
        return jdk;
    }

    Path jdk(String name, String version) throws IOException {
        return jdk(name, version, "exit 0");
    }

    /// Puts the java of a JDK on the PATH, by a link as packages do it.
    void onPath(Path jdk) throws IOException {
        Files.createSymbolicLink(tools.resolve("java"), jdk.resolve("bin/java"));
    }

    /// A Maven that runs a script of the test's and then leaves jars where the modules' builds leave them.
    void maven(String first) throws IOException {
        script(
                tools.resolve("mvn"),
                "echo \"mvn $(cat \"$JAVA_HOME/release\" | grep JAVA_VERSION) $*\" >>'" + calls + "'\n" + first + """

                for module in cli server bench; do
                  mkdir -p "$module/target/lib"
                  echo jar >"$module/target/tradesense-$module-0.1.jar"
                  echo jar >"$module/target/lib/shared.jar"
                  echo jar >"$module/target/lib/$module-only.jar"
                done
                echo '[INFO] Building TradeSense Events: core 0.1.0        [2/5]'
                """);
    }

    void tool(String name, String content) throws IOException {
        script(tools.resolve(name), content);
    }

    /// Changes a source, as if a second after whatever was built.
    Path source(String path) throws IOException {
        Path file = project.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "source");
        return file;
    }

    void changeSource(String path) throws IOException {
        Files.setLastModifiedTime(source(path), FileTime.from(Instant.now().plusSeconds(1)));
    }

    private static void script(Path file, String content) throws IOException {
        Files.writeString(file, "#!/usr/bin/env bash\n" + content + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// What java and Maven were called with, in order.
    List<String> calls() throws IOException {
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    List<String> mavenCalls() throws IOException {
        return calls().stream().filter(call -> call.startsWith("mvn ")).toList();
    }

    /// How a script ended.
    record Outcome(int code, String out, String err) {}

    /// A script that runs.
    record Running(Process process, Path out, Path err) {
        Outcome outcome() throws IOException, InterruptedException {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("still running after a minute: " + Files.readString(err));
            }
            return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    Outcome run(String script, String... arguments) throws IOException, InterruptedException {
        return start(project, project.resolve(script), arguments).outcome();
    }

    Running start(Path folder, Path script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(home, "out", "");
        Path err = Files.createTempFile(home, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }
}
