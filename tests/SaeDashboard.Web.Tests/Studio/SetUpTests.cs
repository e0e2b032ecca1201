using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>A take, its WAV's settings or a preset, restored on the Studio and generated again: the worker is asked for the same.</summary>
public sealed class SetUpTests : IDisposable
{
    private static readonly string Model = new('a', 64), Codec = new('c', 64), Own = new('e', 64), Further = new('f', 64);

    private static readonly FakeCatalog Catalog = new()
    {
        Models = [new CatalogModel { Id = "m", Name = "Model", Path = "/models/m", State = CatalogState.Ready, Hash = Model, CodecHash = Codec, FrameRate = 50 }],
        Saes =
        [
            new CatalogSae { Id = "own", Name = "Own", Path = "/saes/own", State = CatalogState.Ready, Hash = Own, ModelId = "m", HasIndex = true },
            new CatalogSae { Id = "further", Name = "Further", Path = "/saes/further", State = CatalogState.Ready, Hash = Further, ModelId = "m", HasIndex = true },
        ],
    };

    // Five moves, a drawn envelope, a start, conditions on both SAEs, a strip that begins muted, settings that the form seldom has.
    private static readonly TakeSettings Settings = new()
    {
        ModelPath = "/models/m",
        SaePath = "/saes/own",
        Prompt = "cello",
        Seed = 77,
        Frames = 403,
        Guidance = 4.5,
        Temperature = .9,
        TopK = 100,
        TopP = .8,
        Piece = 2,
        Rows = "conditional",
        Arms = [TakeArms.Baseline, TakeArms.Steered],
        Steers =
        [
            new TakeSteer(3, 2.5, "add", 1.25) { Envelope = [new(0, 0), new(50, 1), new(120, .3)], Onset = 4 },
            new TakeSteer(9, 1, "clamp", .5) { SaePath = "/saes/further", Condition = new SteerCondition(4, .5, 2) { Sae = "/saes/own" } },
            new TakeSteer(5, 0, "ablate", 3) { Condition = new SteerCondition(6, 1, 4) },
        ],
        Continue = new TakeSound { Source = "sound-0123", Name = "hum.wav", Start = .5, Seconds = .04, Codebooks = 4, Codes = new Core.Data.CodeGrid(4, 2).ToBase64(), Hash = Convert.ToHexStringLower(SHA256.HashData(new byte[16])) },
        Melody = new TakeSound { Source = "clip-4@demo", Name = "Tune", Seconds = 3, Chroma = Convert.ToBase64String([0, 4, 7]), Hash = Convert.ToHexStringLower(SHA256.HashData([0, 4, 7])) },
        Moves = [new(10, 0, 3), new(40, 1, 2), new(90, 0, -1.5), new(90, 1, 2) { Muted = true }, new(200, 0, .25)],
        Live = new TakeLive(),
    };

    private static readonly TakeManifest Take = new()
    {
        Id = "take-1",
        State = TakeState.Done,
        CreatedUtc = DateTimeOffset.UnixEpoch,
        FrameRate = 50,
        ModelHash = Model,
        CodecHash = Codec,
        SaeHash = Own,
        Hook = "layers.4.resid_post",
        Saes = [new TakeSae("/saes/own", Own, "layers.4.resid_post"), new TakeSae("/saes/further", Further, "layers.5.resid_post")],
        Settings = Settings,
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_take_is_asked_for_again_with_all_that_decides_its_sound() => Same(SetUp.Of("Take 1", Take));

    [Fact]
    public void So_is_the_take_of_a_WAV_file_and_that_of_a_preset()
    {
        Same(SetUp.Of("From afar", TakeSheetFile.Portable(Take)));
        var codes = new Core.Data.CodeGrid(4, 403);
        var preset = PresetOfTake.Make(Take, "Named", "Model", "Own", _ => codes, _ => null);
        PresetFile.Check(preset);
        Same(SetUp.Of(preset));
    }

    [Fact]
    public void A_strip_that_begins_muted_and_is_unmuted_by_a_move_is_muted_by_one_from_the_start()
    {
        var take = Take with { Settings = Settings with { Steers = [Settings.Steers[0] with { Muted = true }], Moves = [new(30, 0, 2.5)] } };
        var asked = Asked(SetUp.Of("Take 1", take));
        Assert.False(asked.Steers[0].Muted);
        Assert.Equal([new KnobMove(0, 0, 2.5) { Muted = true }, new KnobMove(30, 0, 2.5)], asked.Moves);
        // The strip's own mute leaves it out, with its moves; of a live take, it stays as a knob that can be turned.
        var draft = SetUp.Of("Take 1", take).On(new StudioDraft(), Catalog);
        draft = draft with { Rack = [draft.Rack[0] with { Muted = true }] };
        Assert.Null(Ask(draft).Moves);
        Assert.Empty(Ask(draft).Steers);
        Assert.True(Ask(draft with { Live = true }).Steers[0].Muted);
        Assert.Null(Ask(draft with { Live = true }).Moves);
    }

    [Fact]
    public void The_unit_of_a_restored_take_is_kept_where_the_index_has_another_since()
    {
        var draft = SetUp.Of("Take 1", Take).On(new StudioDraft(), Catalog, (_, feature) => feature == 3 ? 1.25 : 7);
        Assert.Equal([null, .5, 3], draft.Rack.Select(strip => strip.Unit));
    }

    [Fact]
    public void What_is_not_here_is_named_once_and_the_rack_stays()
    {
        var setUp = SetUp.Of("Take 1", Take);
        var without = new FakeCatalog { Models = Catalog.Models, Saes = [Catalog.Saes[0]] };
        Assert.Contains("“/saes/further” (ffffffffffff…)", Assert.Single(setUp.Missing(without)), StringComparison.Ordinal);
        Assert.Equal([new StripKey("other", 1)], setUp.On(new StudioDraft { Sae = "other", Rack = [new RackStrip(1, 1)] }, without).Rack.Select(strip => strip.Key));
    }

    [Fact]
    public void Controls_are_restored_with_what_they_added()
    {
        var source = new TakeControls { Seed = 5, Features = [40, 41], DiffMean = new TakeDirection("hash", "AAAA", "layers.4.resid_post") };
        var take = Take with { Settings = Settings with { Arms = ["A", "M", "C"], Controls = source } };
        var draft = SetUp.Of("Take 1", take).On(new StudioDraft(), Catalog);
        Assert.Equal([TakeArms.DiffMean], draft.ControlArms);
        Assert.Equal(("A,M,C", source), (string.Join(',', Ask(draft).Arms), Ask(draft).Controls));
        // Its other features belong to its strips.
        Assert.Null(Ask(draft with { Rack = [draft.Rack[0]] }).Controls!.Features);
        // Several at once, in the order in which they are shown.
        var several = SetUp.Of("Take 1", take with { Settings = take.Settings with { Arms = ["A", "M", "R", "C"] } });
        Assert.Empty(several.Missing(Catalog));
        draft = several.On(new StudioDraft { ControlArms = [TakeArms.Reconstruction] }, Catalog);
        Assert.Equal(["A", "R", "M", "C"], Ask(draft).Arms);
    }

    private void Same(SetUp setUp)
    {
        Assert.Empty(setUp.Missing(Catalog));
        var asked = Asked(setUp);
        Assert.Equal(Settings.Steers.AsEnumerable(), asked.Steers.Select(steer => steer.Condition is { Sae: "/saes/own" } condition && steer.SaePath is null ? steer with { Condition = condition with { Sae = null } } : steer));
        Assert.Equal(Settings.Moves, asked.Moves);
        Assert.Equal(Settings.Arms, asked.Arms);
        // It waits for no listener: the samples do not depend on it.
        Assert.Equal(Settings.Live! with { WaitSeconds = 0 }, asked.Live);
        Assert.Equal(Settings with { Steers = [], Moves = null, Arms = [], Live = null }, asked with { Steers = [], Moves = null, Arms = [], Live = null });
    }

    private TakeSettings Asked(SetUp setUp) => Ask(setUp.On(new StudioDraft { Prompt = "before", Rack = [new RackStrip(1, 1)], Sae = "further" }, Catalog, P99));

    // The index as it was when the take was made.
    private static double P99(string sae, int feature) => Settings.Steers.First(steer => steer.Feature == feature).P99;

    private TakeSettings Ask(StudioDraft draft)
    {
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        using var db = Database.Open(root.Path);
        var store = new StoreAccess(new DiskProbe(root, db, TimeProvider.System), NullLogger<StoreAccess>.Instance);
        using var folders = new TakeFolders(root, store, new FakeWorker(), NullLogger<TakeFolders>.Instance);
        return new TakeService(root, folders, new TakeRepository(db), store, new FakeWorker(), Catalog).Settings(draft, strip => strip.Unit ?? P99("", strip.Feature));
    }
}
