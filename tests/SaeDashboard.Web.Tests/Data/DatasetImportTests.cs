using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Data.Importing;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Tests.Jobs;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>What the page shows of a folder of sounds before it is imported, and the run that it starts.</summary>
public sealed class DatasetImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JobSite site;
    private readonly DatasetImports imports;
    private readonly CatalogModel model;

    public DatasetImportTests()
    {
        site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        imports = new DatasetImports(site.Registry, site.Root);
        model = new CatalogModel { Id = "demo", Name = "demo", Path = Path.Combine(site.Root.Demo, "model") };
        var sounds = Directory.CreateDirectory(Path.Combine(site.Root.Sounds, "music")).FullName;
        foreach (var file in new[] { "a.wav", "b.flac", "cover.jpg" }) File.WriteAllBytes(Path.Combine(sounds, file), new byte[100]);
        File.WriteAllText(Path.Combine(sounds, "tracks.csv"), "path,words,artist\na.wav,one,A\nb.flac,two,A\ngone.wav,three,B\n");
    }

    public void Dispose()
    {
        foreach (var job in site.Queue.Waiting) site.Registry.Cancel(job.RunId, site.Person);
        FakeWorker.End(folder.Path);
        site.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_folder_is_shown_with_its_tables_and_columns_and_what_is_wrong()
    {
        Assert.Equal([Path.Combine(site.Root.Sounds, "music")], imports.Folders());
        var bare = Preview(new ImportPlan { Folder = "music" });
        Assert.Contains("neither metadata.jsonl nor metadata.csv", bare.Problem, StringComparison.Ordinal);
        Assert.Equal(["tracks.csv"], bare.Tables);

        var unchosen = Preview(new ImportPlan { Folder = "music", Table = "tracks.csv" });
        Assert.Contains("its columns are path, words, artist", unchosen.Problem, StringComparison.Ordinal);
        Assert.Equal(["path", "words", "artist"], unchosen.Columns);
        Assert.Equal((null, null), (unchosen.File, unchosen.Caption));
        Assert.Equal(["a.wav", "one", "A"], unchosen.Rows[0]);

        var chosen = Preview(new ImportPlan { Folder = "music", Table = "tracks.csv", FileColumn = "path", CaptionColumn = "words", GroupColumn = "artist" });
        Assert.Null(chosen.Problem);
        Assert.Equal((2, 200L, 1), (chosen.Sounds, chosen.Bytes, chosen.Groups));
        Assert.Equal([(ImportRefusalReason.RowWithoutFile, 1), (ImportRefusalReason.OtherFile, 1)], chosen.Refused);
    }

    [Theory]
    [InlineData("../../..")]
    [InlineData("/etc")]
    [InlineData("nothing")]
    public void Only_folders_that_the_site_may_read_are_looked_at(string path)
    {
        var seen = Preview(new ImportPlan { Folder = path, MissingCaption = MissingCaption.Empty });
        Assert.NotNull(seen.Problem);
        Assert.Empty(seen.Tables);
        Assert.Throws<UserException>(() => imports.Start(new ImportPlan { Folder = path }, model, "x", site.Person));
    }

    [Fact]
    public void A_table_that_leads_out_of_the_data_folder_is_not_shown()
    {
        File.WriteAllText(folder["secret.csv"], "file_name,caption\na.wav,secret\n");
        File.CreateSymbolicLink(Path.Combine(site.Root.Sounds, "music", "link.csv"), folder["secret.csv"]);
        foreach (var table in new[] { "link.csv", folder["secret.csv"], "../../../secret.csv" })
        {
            var seen = Preview(new ImportPlan { Folder = "music", Table = table });
            Assert.Contains("leads out of", seen.Problem, StringComparison.Ordinal);
            Assert.Empty(seen.Rows);
            Assert.Throws<UserException>(() => imports.Start(new ImportPlan { Folder = "music", Table = table }, model, "x", site.Person));
        }
    }

    [Fact]
    public void The_run_names_a_new_dataset_and_a_second_one_of_that_name_is_refused()
    {
        var plan = new ImportPlan { Folder = "music", Table = "tracks.csv", FileColumn = "path", CaptionColumn = "words" };
        var id = imports.Start(plan, model, "My music: 2026", site.Person);
        var made = JsonFile.Read<RunPlan>(Path.Combine(site.Folder(id), "config.json"));
        Assert.Equal((RunKind.Import, model.Path, Path.Combine(site.Root.Datasets, "My-music-2026"), "", ""), (made.Kind, made.ModelPath, made.DatasetPath, made.SaePath, made.ActivationsPath));
        Assert.Equal(plan with { Folder = Path.Combine(site.Root.Sounds, "music") }, made.Import);
        Assert.Equal("import of music as the dataset My-music-2026", RunFormatting.Settings(site.View(id).Plan));
        Assert.Contains("give this one another name", Assert.Throws<UserException>(() => imports.Start(plan, model, "My music 2026", site.Person)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(site.Root.Datasets, "there"));
        Assert.Contains("There is a dataset there already", Assert.Throws<UserException>(() => imports.Start(plan, model, "there", site.Person)).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => imports.Start(plan, model, "…", site.Person));
        Assert.Throws<UserException>(() => imports.Start(plan, model, "../x\n", site.Person));
    }

    [Fact]
    public void Numbers_are_read_or_named()
    {
        var plan = new ImportPlan { Folder = "music" };
        Assert.Equal(plan with { Seconds = 5.5, MinSeconds = 2, Shares = new ImportShares(70, 20, 10), Seed = 3 }, ImportForm.Complete(plan, "5.5", "2", "70, 20,10", "3"));
        Assert.Equal(plan, ImportForm.Complete(plan, "", null, " ", ""));
        foreach (var (seconds, shares, seed) in new[] { ("5,5", "", ""), ("-1", "", ""), ("", "0,1,1", ""), ("", "1,1", ""), ("", "", "x") })
            Assert.Throws<UserException>(() => ImportForm.Complete(plan, seconds, null, shares, seed));
    }

    private ImportPreview Preview(ImportPlan plan) => imports.Preview(plan, TestContext.Current.CancellationToken);
}
