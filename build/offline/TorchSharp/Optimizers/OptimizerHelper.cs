using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What an optimizer remembers about one parameter.</summary>
public abstract class OptimizerState
{
    private protected OptimizerState()
    {
    }
}

public class ParamGroup : optim.ILearningRateController
{
    internal ParamGroup(IEnumerable<Parameter> parameters, double rate)
    {
        Parameters = parameters;
        LearningRate = InitialLearningRate = rate;
    }

    public IEnumerable<Parameter> Parameters { get; set; }

    public double LearningRate { get; set; }

    public double InitialLearningRate { get; set; }
}

public abstract class OptimizerHelper : optim.Optimizer
{
    private readonly Dictionary<nint, OptimizerState> states = new();

    public OptimizerHelper()
    {
    }

    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        dictionary.State.AddRange(parameters().Select(StateOf<OptimizerState>));
        return dictionary;
    }

    private protected override void Forget()
    {
        foreach (var state in states.Values)
            ((IDisposable)state).Dispose();
        states.Clear();
    }

    private protected void Add(IEnumerable<Parameter> parameters, double rate, Func<Parameter, OptimizerState> remember)
    {
        if (rate < 0)
            throw new ArgumentException($"Invalid learning rate: {rate}");
        groups.Add(new ParamGroup(parameters, rate));
        foreach (var parameter in parameters)
            states[parameter.Handle] = remember(parameter);
    }

    private protected TState StateOf<TState>(Parameter parameter) where TState : OptimizerState => (TState)states[parameter.Handle];
}
