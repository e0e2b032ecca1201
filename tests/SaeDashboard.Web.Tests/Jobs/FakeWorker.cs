namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>A worker that is a shell script: it locks the run, says that it runs, and then does what a file beside it tells.</summary>
internal static class FakeWorker
{
    private const string Script = """
        #!/bin/bash
        # fake run --run-dir DIR [--resume]; what to do is in the file "mode" beside this script
        here=$(dirname "$0"); dir=$3
        echo "$$ $*" >>"$here/starts"
        [ "$(cat "$here/mode")" = broken ] && { echo "no such device" >&2; exit 1; }
        exec 9<>"$dir/lock"; flock -w 2 9 || { echo "in use" >&2; exit 1; }
        say() {
          printf '{"stage":"train","state":"%s","step":%s,"total":10,"rate":1,"etaSeconds":1,"heartbeat":"%s","processId":%s}' \
            "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" $$ >"$dir/status.tmp" && mv "$dir/status.tmp" "$dir/status.json"
        }
        log() { echo "$1" >>"$dir/log.txt"; }
        log "the fake begins"
        say running 1
        [ "$(cat "$here/mode")" = deaf ] && trap '' TERM
        while true; do
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

    /// <summary>work: until cancelled or paused; finish: be done; deaf: hear no cancel and no SIGTERM; broken: end at once with a message.</summary>
    public static void Tell(string folder, string mode)
    {
        var path = Path.Combine(folder, "mode");
        File.WriteAllText(path + ".new", mode);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Process id and arguments of every start.</summary>
    public static IReadOnlyList<string> Starts(string folder) =>
        File.Exists(Path.Combine(folder, "starts")) ? File.ReadAllLines(Path.Combine(folder, "starts")) : [];
}
