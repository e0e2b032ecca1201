using System.Globalization;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>A worker that is a shell script: it locks the run, says that it runs, and then does what the file next to it says.</summary>
internal static class FakeWorker
{
    private const string Script = """
        #!/bin/bash
        # fake run --run-dir DIR [--resume]; what to do is in the file "mode" next to this script
        here=$(dirname "$0"); dir=$3
        echo "$$ $*" >>"$here/starts"
        [ "$(cat "$here/mode")" = broken ] && { echo "no such device" >&2; exit 1; }
        attempt=$$-$RANDOM$RANDOM
        exec 9<>"$dir/lock"; flock -w 2 9 || { echo "in use" >&2; exit 1; }
        say() {
          printf '{"stage":"train","state":"%s","step":%s,"total":10,"rate":1,"etaSeconds":1,"heartbeat":"%s","processId":%s,"attempt":"%s"}' \
            "$1" "$2" "$(date -u -d "$(cat "$here/clock" 2>/dev/null || echo now)" +%Y-%m-%dT%H:%M:%S.%6NZ)" $$ "$attempt" >"$dir/status.tmp" && mv "$dir/status.tmp" "$dir/status.json"
        }
        log() { echo "$1" >>"$dir/log.txt"; }
        log "the fake begins"
        [ "$(cat "$here/mode")" = mute ] && { echo "no memory" >&2; exit 1; }
        say running 1
        [ "$(cat "$here/mode")" = deaf ] && trap '' TERM
        # It ends with its test, whose folder goes; and in ten minutes where the test could not say so.
        while [ -e "$here/mode" ] && [ $SECONDS -lt 600 ]; do
          case "$(cat "$here/mode")" in
            finish) log "the fake is done"; say done 10; exit 0 ;;
            work) [ -e "$dir/cancel" ] && { log "the fake obeys"; say cancelled 2; exit 1; }
                  [ -e "$dir/pause" ] && { log "the fake makes room"; say paused 2; exit 1; } ;;
          esac
          sleep 0.05
        done
        """;

    /// <summary>Writes the script; gives its path.</summary>
    public static string Write(string folder)
    {
        var path = Path.Combine(folder, "worker.sh");
        File.WriteAllText(path, Script.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Tell(folder, "work");
        return path;
    }

    /// <summary>work: until cancelled or paused; finish: be done; deaf: hear no cancel and no SIGTERM; broken: end at once with a message; mute: the
    /// same, with the run's lock.</summary>
    public static void Tell(string folder, string mode)
    {
        var path = Path.Combine(folder, "mode");
        File.WriteAllText(path + ".new", mode);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>From now on the worker's clock is this far from the site's: "1 hour ago".</summary>
    public static void SetClock(string folder, string when) => File.WriteAllText(Path.Combine(folder, "clock"), when);

    /// <summary>Ends those that are still at work: the last thing of a test, before its folder goes. One that is just beginning ends by itself when it does.</summary>
    public static void End(string folder)
    {
        foreach (var start in Starts(folder))
        {
            var process = start.Split(' ')[0];
            var commandLine = $"/proc/{process}/cmdline";
            if (File.Exists(commandLine) && File.ReadAllText(commandLine).Contains(folder, StringComparison.Ordinal))
                ProcessSignal.Send(int.Parse(process, CultureInfo.InvariantCulture), ProcessSignal.Kill);
        }
    }

    /// <summary>Process id and arguments of every start.</summary>
    public static IReadOnlyList<string> Starts(string folder) =>
        File.Exists(Path.Combine(folder, "starts")) ? File.ReadAllLines(Path.Combine(folder, "starts")) : [];
}
