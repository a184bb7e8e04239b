namespace ML.Robustness.PyTorch.Files;

/// <summary>The instructions of a pickle that <c>torch.save</c> writes, and those that would make objects.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(', Stop = (byte)'.', Pop = (byte)'0', Proto = 0x80, Frame = 0x95,
    None = (byte)'N', True = 0x88, False = 0x89, Int = (byte)'J', Int1 = (byte)'K', Int2 = (byte)'M', Long1 = 0x8A,
    Float = (byte)'G', Unicode = (byte)'X', ShortUnicode = 0x8C, ShortString = (byte)'U',
    EmptyTuple = (byte)')', Tuple = (byte)'t', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87,
    EmptyList = (byte)']', Append = (byte)'a', Appends = (byte)'e',
    EmptyDictionary = (byte)'}', SetItem = (byte)'s', SetItems = (byte)'u',
    Put = (byte)'q', LongPut = (byte)'r', Get = (byte)'h', LongGet = (byte)'j', Memoize = 0x94,
    Global = (byte)'c', StackGlobal = 0x93, Reduce = (byte)'R', Build = (byte)'b', PersistentId = (byte)'Q',
    Instance = (byte)'i', Object = (byte)'o', NewObject = 0x81, NewObjectWithKeywords = 0x92,
    Extension1 = 0x82, Extension2 = 0x83, Extension4 = 0x84,
}
