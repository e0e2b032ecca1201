using System.Text.RegularExpressions;

namespace SaeDashboard.Architecture.Tests;

/// <summary>How files of other people are opened: decision 0027.</summary>
public sealed partial class FileRuleTests
{
    /// <summary>Where files are opened past the one helper, each with its reason.</summary>
    private static readonly Dictionary<string, string> Excused = new()
    {
        ["src/SaeDashboard.Core/Files/PosixFiles.cs"] = "the helper's own calls, on systems other than Linux",
        ["src/SaeDashboard.Core/Files/AtomicFile.cs"] = "a new file under a random name (CreateNew)",
        ["src/SaeDashboard.Sae/Activations/ActivationStoreWriter.cs"] = "a new file in the writer's own work folder (CreateNew)",
        ["src/SaeDashboard.Sae/Training/Checkpoints.cs"] = "an empty file in a checkpoint's own work folder",
        ["src/SaeDashboard.Storage/Database.cs"] = "a probe under the process's own number, and copies of journal files that are open",
        ["src/SaeDashboard.Torch.Extensions/TorchLibraries.cs"] = "a file of this program's own build",
        ["src/SaeDashboard.Web/Jobs/JobExecutor.cs"] = "/proc of the kernel",
        ["src/SaeDashboard.Web/Jobs/MemoryCheck.cs"] = "/proc and /sys of the kernel",
        ["src/SaeDashboard.Web/Serving/ServeSupervisor.cs"] = "/proc of the kernel",
        ["src/SaeDashboard.Web/Hosting/DataRoot.cs"] = "a probe under the process's own number",
        ["src/SaeDashboard.Web/Jobs/JobWorkers.cs"] = "/proc of the kernel",
        ["src/SaeDashboard.Worker/Bench/RandomModel.cs"] = "a tokenizer that the model's loader has opened",
        ["src/SaeDashboard.Worker/Runs/RunProcess.cs"] = "files that this run has just written",
        ["src/SaeDashboard.Worker/Bench/FullSizeMeasure.cs"] = "/proc of the kernel",
    };

    /// <summary>A memory-mapped file that another program truncates ends the process, so the site and what it is built of map none.</summary>
    [Theory]
    [InlineData("SaeDashboard.Core")]
    [InlineData("SaeDashboard.Storage")]
    [InlineData("SaeDashboard.Labelling")]
    [InlineData("SaeDashboard.Web")]
    public void The_site_maps_no_file(string project)
    {
        if (!Repository.Projects.Contains(project)) return;
        var offences = Repository.SourceFiles(Path.Combine("src", project), ".cs", ".razor").Where(path => Map().IsMatch(File.ReadAllText(path))).Select(Repository.Relative);
        Assert.Empty(offences);
    }

    [Fact]
    public void Files_are_opened_in_one_place()
    {
        var offences = new List<string>();
        foreach (var path in Repository.SourceFiles("src", ".cs", ".razor"))
        {
            if (Excused.ContainsKey(Repository.Relative(path))) continue;
            var line = 0;
            foreach (var text in File.ReadLines(path))
            {
                line++;
                if (!text.TrimStart().StartsWith("//", StringComparison.Ordinal) && Opening().IsMatch(text)) offences.Add($"{Repository.Relative(path)} line {line}: {text.Trim()}");
            }
        }
        Assert.True(offences.Count == 0, "Open files through RegularFile (or AllowedRoots.OpenFile, JsonFile, WholeFile …):" + Environment.NewLine + string.Join(Environment.NewLine, offences));
    }

    [GeneratedRegex("MemoryMapped|\\bmmap\\b")]
    private static partial Regex Map();

    // A FileStream may be made of a handle, which the helper has opened.
    [GeneratedRegex(@"(?<!\w)(System\.IO\.)?File\.(Open\w*|Create|CreateText|Append\w+|ReadAll\w+|ReadLines\w*|WriteAll\w+|Copy)\(|new FileStream\([^)]*FileMode|new StreamReader\((?!await|assembly|stream\b)|PhysicalFile|SendFileAsync")]
    private static partial Regex Opening();
}
