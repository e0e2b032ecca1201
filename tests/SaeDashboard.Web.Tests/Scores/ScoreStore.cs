using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Scores;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Scores;

/// <summary>A store of its own with the services that scores are made from, and people who vote on the demo's clips.</summary>
internal sealed class ScoreStore : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Database database;

    public ScoreStore()
    {
        Root = DataRoot.Open(folder["data"], folder["demo"]);
        database = Database.Open(Root.Path, Clock);
        Labels = new FeatureLabels(new LabelRepository(database), new RatingRepository(database), Store);
        Annotations = new AnnotationService(new QueueRepository(database), new AnnotationRepository(database), new DraftRepository(database), Labels, new ItemLeases(Clock), Store, Clock);
        Clap = new ClapScoreFiles(Root, NullLogger<ClapScoreFiles>.Instance);
        Votes = new PeopleVotes(new ClipVoteRepository(database), Annotations, Store);
        Scores = new LabelScores(Votes, Clap);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));

    public CountingStore Store { get; } = new();

    public DataRoot Root { get; }

    public FeatureLabels Labels { get; }

    public AnnotationService Annotations { get; }

    public ClapScoreFiles Clap { get; }

    public PeopleVotes Votes { get; }

    public LabelScores Scores { get; }

    public ActorAccessor Actors => new(new SignedIn(), new PeopleHere(new UserRepository(database)));

    public static Actor Person(string name) => new(name, name);

    public string Queue(int feature, int overlap = 3, QueueMode mode = QueueMode.LabelFirst, string? dataset = null) => Annotations.Add(
        new QueueContent("Votes", DemoFeatures.Set.SaeHash, dataset ?? DemoFeatures.Set.Index.Info.DatasetHash, [feature], mode, "", overlap, [], []), Person("ada")).Id;

    /// <summary>Votes of a person, a second after the last ones.</summary>
    public string Vote(string queue, int feature, string person, AnnotationVerdict verdict, string? label, IEnumerable<(int Row, ClipJudgement Vote)> clips, string? shown = null, long? seen = 0, AnnotationKind kind = AnnotationKind.Annotation)
    {
        Clock.Advance(TimeSpan.FromSeconds(1));
        var id = Guid.NewGuid().ToString();
        Annotations.Put(id, new AnnotationContent(queue, feature, kind, verdict, [.. clips.Select(clip => new ClipVote(clip.Row, clip.Vote))], label, null, [], null, seen, 10, WritesLabel: false, Shown: shown), Person(person));
        return id;
    }

    public CurrentLabel? LabelOf(int feature) => Labels.Current(DemoFeatures.Set.SaeHash).GetValueOrDefault(feature);

    public FeatureScores Of(int feature) => Scores.Of(DemoFeatures.Set, feature, LabelOf(feature), Labels.History(new FeatureKey(DemoFeatures.Set.SaeHash, feature), Person("ada")));

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    private sealed class SignedIn : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(LocalPerson.Principal(Person("ada"))));
    }
}
